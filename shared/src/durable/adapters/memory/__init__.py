"""Broker, record store and object store in memory: verified fakes for simulation and for unit tests.

1. They pass the same contract suites as the Azure adapters.
2. Time comes from a clock that is injected, nothing sleeps and nothing is random: the same calls give the same results.
3. They fail only as the real ones do for the same call; faults are put around them, never into them.
"""

from durable.adapters.memory.broker import MemoryBroker
from durable.adapters.memory.clock import LoopClock, ManualClock
from durable.adapters.memory.entities import QueueDescription, TopicDescription, read_entities
from durable.adapters.memory.objects import MemoryObjects
from durable.adapters.memory.store import MemoryStore

__all__ = [
    "LoopClock",
    "ManualClock",
    "MemoryBroker",
    "MemoryObjects",
    "MemoryStore",
    "QueueDescription",
    "TopicDescription",
    "read_entities",
]
