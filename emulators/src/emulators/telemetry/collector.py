"""The collector as a whole: store and web server. What tests start in their own process."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emulators.command import version
from emulators.telemetry.app import application
from emulators.telemetry.records import Envelope, LogRecord, Point, Span
from emulators.telemetry.store.store import ITEMS_MAX, Store
from emulators.web import WebServer

INSTRUMENTATION_KEY = "00000000-0000-0000-0000-000000000001"
_FILE = "telemetry.sqlite"


class Collector:
    """A local collector: `async with` starts it.

    `data` is the folder of the store; without it nothing outlives the object. Port 0 takes a free one. Beyond
    `items_max` spans and log records the traces that have been quiet the longest go.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        items_max: int = ITEMS_MAX,
    ) -> None:
        """Open the store; raises `OSError`."""
        self.data = data
        self._store = Store(None if data is None else data / _FILE, items_max=items_max)
        self._web = WebServer(application(self._store, self._about), host, port)

    @property
    def url(self) -> str:
        """The address of the page, and what `OTEL_EXPORTER_OTLP_ENDPOINT` is to be; it must have been started."""
        return self._web.url

    @property
    def connection_string(self) -> str:
        """What `APPLICATIONINSIGHTS_CONNECTION_STRING` is to be; it must have been started."""
        return f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={self.url}/;LiveEndpoint={self.url}/"

    def spans(self, trace_id: str | None = None) -> list[Span]:
        """All spans that came, or those of a trace, each once, by their start."""
        return self._store.spans(trace_id)

    def logs(self, trace_id: str | None = None) -> list[LogRecord]:
        """All log records and exceptions that came, or those of a trace, by their time."""
        return self._store.logs(trace_id)

    def points(self) -> list[Point]:
        """The points of metrics, as they came."""
        return self._store.points()

    def envelopes(self) -> list[Envelope]:
        """The items that exporters of Application Insights posted, as they posted them; not those that were refused."""
        return self._store.envelopes()

    def clear(self) -> None:
        """Forget everything that came."""
        self._store.clear()

    async def start(self) -> None:
        """Listen; raises OSError if the port is taken."""
        await self._web.start()

    async def stop(self) -> None:
        """Answer what was asked, close all connections and the store."""
        await self._web.stop()
        self._store.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _about(self) -> dict[str, Any]:
        return {
            "version": version(),
            "url": self.url,
            "connection_string": self.connection_string,
            "data": self.data and os.fspath(self.data.absolute()),
        }
