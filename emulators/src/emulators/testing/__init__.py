"""The endpoints and the collector in the tests of any project; see `docs/how-to/test-against-local-endpoints.md`.

| module | what it gives |
|---|---|
| `topology.py` | queues, topics, subscriptions and containers in a line of Python each |
| `running.py` | endpoints in the running event loop |
| `threads.py` | endpoints in a thread of their own, for the synchronous SDKs and for fixtures of any scope |
| `clock.py` | a clock that a test puts forward, and one that goes by the event loop |
| `network.py`, `pipe.py` | connections of the asyncio SDK of Service Bus to an endpoint without sockets |
| `cosmos_transport.py` | transports for the SDKs of Cosmos DB, asyncio and synchronous, without sockets |
| `virtual_time.py` | an event loop in which hours pass in no time, for the SDKs too |

Fixtures for pytest stand in `emulators/pytest_plugin.py`, which pytest finds by itself. Nothing here imports
pytest, and nothing but `cosmos_transport.py` an SDK.
"""

from emulators.cosmos import faults as cosmos_faults
from emulators.servicebus import faults as servicebus_faults
from emulators.testing.clock import LoopClock, ManualClock
from emulators.testing.running import cosmos_endpoint, servicebus_endpoint, telemetry_collector, tenant_endpoint
from emulators.testing.threads import (
    CollectorInThread,
    CosmosInThread,
    FaultsInThread,
    ServiceBusInThread,
    collector_in_thread,
    cosmos_in_thread,
    servicebus_in_thread,
)
from emulators.testing.topology import container, queue, subscription, topic
from emulators.testing.virtual_time import VirtualLoop, run_in_virtual_time

__all__ = [
    "CollectorInThread",
    "CosmosInThread",
    "FaultsInThread",
    "LoopClock",
    "ManualClock",
    "ServiceBusInThread",
    "VirtualLoop",
    "collector_in_thread",
    "container",
    "cosmos_endpoint",
    "cosmos_faults",
    "cosmos_in_thread",
    "queue",
    "run_in_virtual_time",
    "servicebus_endpoint",
    "servicebus_faults",
    "servicebus_in_thread",
    "subscription",
    "telemetry_collector",
    "tenant_endpoint",
    "topic",
]
