"""Endpoints in a thread with an event loop of its own: for the synchronous SDKs, and for fixtures of any scope.

Everything here can be called from any thread. What it does happens in the loop of the endpoint before it returns.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.topology import ContainerPlan
from emulators.faults.fault import Fault
from emulators.faults.register import Faults, Listed
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.telemetry.collector import Collector
from emulators.telemetry.records import Envelope, LogRecord, Point, Span
from emulators.testing.clock import ManualClock
from emulators.testing.topology import Entities, plan_of, topology_of

T = TypeVar("T")
Call = Callable[[Callable[[], Any]], Any]


class LoopThread:
    """A thread that runs an event loop until it is stopped."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="emulators", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end there; raises what it raises."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def call(self, function: Callable[[], T]) -> T:
        """Call a function there; raises what it raises."""

        async def called() -> T:
            return function()

        return self.wait_for(called())

    def stop(self) -> None:
        """End, and close the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class FaultsInThread:
    """The faults of an endpoint in another thread; see `emulators.faults.Faults`."""

    def __init__(self, faults: Faults, thread: LoopThread) -> None:
        self._faults = faults
        self._call = thread.call

    def add(self, *faults: Fault) -> list[Listed]:
        return self._call(lambda: self._faults.add(*faults))

    def read(self, script: object) -> list[Listed]:
        return self._call(lambda: self._faults.read(script))

    def remove(self, name: str) -> Listed:
        return self._call(lambda: self._faults.remove(name))

    def clear(self) -> None:
        self._call(self._faults.clear)

    def listing(self) -> list[Listed]:
        return self._call(self._faults.listing)

    def hits(self, name: str) -> int:
        return self._call(lambda: self._faults.hits(name))

    @contextmanager
    def during(self, *faults: Fault) -> Iterator[list[Listed]]:
        """Set faults for the time of a `with` block."""
        during = self._faults.during(*faults)
        added = self._call(during.__enter__)
        try:
            yield added
        finally:
            self._call(lambda: during.__exit__(None, None, None))


class ServiceBusInThread:
    """A Service Bus endpoint that runs in a thread; its clock goes on with the machine's and can be put forward."""

    def __init__(self, endpoint: ServiceBusEndpoint, clock: ManualClock, thread: LoopThread) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._thread = thread
        self.faults = FaultsInThread(endpoint.faults, thread)

    @property
    def connection_string(self) -> str:
        """What a client of this endpoint needs to know."""
        return self._endpoint.connection_string

    @property
    def http_url(self) -> str:
        """The address of the page and of `/faults`."""
        assert self._endpoint.http_url is not None
        return self._endpoint.http_url

    def counts(self) -> dict[str, Counts]:
        """What each queue, topic and subscription holds now."""
        return self._thread.call(self._endpoint.counts)

    def advance(self, span: timedelta) -> None:
        """Put its clock forward: locks expire, messages become due."""
        self._thread.call(lambda: self._clock.advance(span))


class CosmosInThread:
    """A Cosmos DB endpoint that runs in a thread; its clock goes on with the machine's and can be put forward."""

    def __init__(self, endpoint: CosmosEndpoint, clock: ManualClock, thread: LoopThread) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._thread = thread
        self.faults = FaultsInThread(endpoint.faults, thread)

    @property
    def url(self) -> str:
        """The address of the account."""
        return self._endpoint.url

    @property
    def key(self) -> str:
        """The key of the account."""
        return self._endpoint.key

    @property
    def connection_string(self) -> str:
        """Both in one text."""
        return self._endpoint.connection_string

    def advance(self, span: timedelta) -> None:
        """Put its clock forward: documents expire."""
        self._thread.call(lambda: self._clock.advance(span))


class CollectorInThread:
    """A collector of telemetry that runs in a thread."""

    def __init__(self, collector: Collector, thread: LoopThread) -> None:
        self._collector = collector
        self._thread = thread

    @property
    def url(self) -> str:
        """The address of the page, and what `OTEL_EXPORTER_OTLP_ENDPOINT` is to be."""
        return self._collector.url

    @property
    def connection_string(self) -> str:
        """What `APPLICATIONINSIGHTS_CONNECTION_STRING` is to be."""
        return self._collector.connection_string

    def spans(self, trace_id: str | None = None) -> list[Span]:
        """All spans that came, or those of a trace, each once, by their start."""
        return self._thread.call(lambda: self._collector.spans(trace_id))

    def logs(self, trace_id: str | None = None) -> list[LogRecord]:
        """All log records and exceptions that came, or those of a trace, by their time."""
        return self._thread.call(lambda: self._collector.logs(trace_id))

    def points(self) -> list[Point]:
        """The points of metrics, as they came."""
        return self._thread.call(self._collector.points)

    def envelopes(self) -> list[Envelope]:
        """The items that exporters of Application Insights posted, as they posted them; not those that were refused."""
        return self._thread.call(self._collector.envelopes)

    def clear(self) -> None:
        """Forget everything that came."""
        self._thread.call(self._collector.clear)


@contextmanager
def servicebus_in_thread(
    *entities: Entities, data: Path | None = None, faults: Sequence[Fault] = ()
) -> Iterator[ServiceBusInThread]:
    """A Service Bus with these entities, for the time of a `with`."""
    clock = ManualClock()

    async def make() -> ServiceBusEndpoint:
        return ServiceBusEndpoint(plan_of(entities), data, clock=clock, http_port=0)

    with _running(make) as (endpoint, thread):
        found = ServiceBusInThread(endpoint, clock, thread)
        found.faults.add(*faults)
        yield found


@contextmanager
def cosmos_in_thread(
    *containers: ContainerPlan | Path, data: Path | None = None, faults: Sequence[Fault] = ()
) -> Iterator[CosmosInThread]:
    """A Cosmos DB account with these containers, for the time of a `with`."""
    clock = ManualClock()

    async def make() -> CosmosEndpoint:
        return CosmosEndpoint(topology_of(containers), data=data, clock=clock, controllable=True)

    with _running(make) as (endpoint, thread):
        found = CosmosInThread(endpoint, clock, thread)
        found.faults.add(*faults)
        yield found


@contextmanager
def collector_in_thread(*, data: Path | None = None) -> Iterator[CollectorInThread]:
    """A collector of telemetry, for the time of a `with`: exporters in this thread may block."""

    async def make() -> Collector:
        return Collector(data)

    with _running(make) as (collector, thread):
        yield CollectorInThread(collector, thread)


Endpoint = TypeVar("Endpoint", ServiceBusEndpoint, CosmosEndpoint, Collector)


@contextmanager
def _running(make: Callable[[], Coroutine[Any, Any, Endpoint]]) -> Iterator[tuple[Endpoint, LoopThread]]:
    thread = LoopThread()
    thread.start()
    try:
        endpoint = thread.wait_for(make())
        thread.wait_for(endpoint.start())
        try:
            yield endpoint, thread
        finally:
            thread.wait_for(endpoint.stop())
    finally:
        thread.stop()
