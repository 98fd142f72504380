"""The worker host: takes the commands of one worker, runs its handlers and answers each with a completion event.

Read `registration` (what authors write), `attempt` (what becomes of one command), `host` (the loop around it).
"""

from durable.worker.activity_context import ActivityContext
from durable.worker.host import WorkerHost
from durable.worker.options import HostOptions
from durable.worker.registration import Worker
from durable.worker.settings import WorkerSettings, worker_settings
from durable.worker.signals import Signal

__all__ = [
    "ActivityContext",
    "HostOptions",
    "Signal",
    "Worker",
    "WorkerHost",
    "WorkerSettings",
    "worker_settings",
]
