"""Counts what the store costs, and looks at the one answer that says which kind of account it is.

The transport is the one public place that sees every request: retries, throttled ones and those that the SDK makes for
itself included.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import orjson
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpResponse, HttpRequest

from durable.charges import charged
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import STORE_CHARGE, STORE_REQUESTS, STORE_THROTTLED

CHARGE = "x-ms-request-charge"
LARGE_BYTES = 1 << 20


@dataclass(slots=True, weakref_slot=True)
class Meter:
    """What was asked of the store since the start of the process.

    Attributes:
        requests: attempts, also those that failed.
        throttled: attempts that the store refused for lack of throughput.
        charge: request units, as the store said.
        write_regions: in how many regions the account can be written; 0 as long as the store has not said.
    """

    requests: int = 0
    throttled: int = 0
    charge: float = 0.0
    write_regions: int = field(default=0, repr=False)

    def tell(self, metrics: Metrics) -> None:
        """Have the counts read with the metrics of the process."""
        metrics.watch(STORE_REQUESTS, self, lambda meter: meter.requests)
        metrics.watch(STORE_THROTTLED, self, lambda meter: meter.throttled)
        metrics.watch(STORE_CHARGE, self, lambda meter: meter.charge)


class MeteredTransport(AioHttpTransport):  # type: ignore[misc]  # Untyped, as azure-core loads it lazily.
    """The transport of azure-core with a meter; reads no proxies or netrc from the environment.

    Reading netrc costs a thread hop for each request, which is about half of all the CPU that a request takes.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__(use_env_settings=False)
        self._meter = meter

    async def send(self, request: HttpRequest, **config: Any) -> AsyncHttpResponse:
        meter = self._meter
        meter.requests += 1
        with _read_in_pieces(request):
            response: AsyncHttpResponse = await super().send(request, **config)
        charge = float(response.headers.get(CHARGE, 0))
        meter.charge += charge
        charged(charge)
        if response.status_code == 429:
            meter.throttled += 1
        elif request.method == "GET" and response.status_code == 200 and _is_account(request.url):
            account = orjson.loads(response.body())
            meter.write_regions = _write_regions(account)
        return response


@contextmanager
def _read_in_pieces(request: HttpRequest) -> Iterator[None]:
    # aiohttp warns of large bodies that it must write in one go. A stream is used up by sending: a retry gets its own.
    body = request.data
    if isinstance(body, bytes) and len(body) > LARGE_BYTES:
        request.data = BytesIO(body)  # type: ignore[assignment]  # Its annotation leaves streams out.
    try:
        yield
    finally:
        request.data = body


def _is_account(url: str) -> bool:
    return url.split("://", 1)[-1].partition("/")[2] == ""


def _write_regions(account: dict[str, Any]) -> int:
    regions = len(account.get("writableLocations", ()))
    return max(regions, 2) if account.get("enableMultipleWriteLocations") else 1
