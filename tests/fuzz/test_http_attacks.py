import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from emulators import web
from emulators.certificates import certificates_in
from emulators.cosmos import CosmosEndpoint
from emulators.cosmos.app import App
from emulators.cosmos.serving import Serving
from emulators.cosmos.wire.message import Request, Response
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.fuzz.http_attacks import ATTACKS, HEAD, Outcome, attack
from tests.support.cosmos_requests import shop
from tests.support.service_bus import namespace

SURFACES = ["cosmos", "status", "administration"]
WHOLE = HEAD + b"\r\n"
FINE = {"a broken escape", "a host of nonsense", "an upgrade to nothing", "a body of ten megabytes"}
FINE |= {"a thousand requests at once"}


@asynccontextmanager
async def surface(kind: str, folder: Path) -> AsyncIterator[tuple[int, object]]:
    """The port of one of the HTTP sides, and the TLS context that it wants."""
    async with AsyncExitStack() as stack:
        if kind == "cosmos":
            cosmos = await stack.enter_async_context(CosmosEndpoint())
            yield _port(cosmos.url), None
            return
        certificates = certificates_in(folder)
        plan = namespace({"q": {}})
        bus = ServiceBusEndpoint(plan, http_port=0, admin_port=0, certificates=certificates)
        await stack.enter_async_context(bus)
        if kind == "status":
            yield _port(bus.http_url), None
        else:
            yield _port(bus.admin_url), certificates.client_context()


def _port(url: str | None) -> int:
    assert url is not None
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize("kind", SURFACES)
async def test_broken_http_is_answered_with_an_error_and_harms_nobody(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with surface(kind, tmp_path) as (port, tls):
        outcomes = await asyncio.gather(*(attack(port, data, tls) for data in ATTACKS.values()))  # type: ignore[arg-type]
        afterwards = await attack(port, WHOLE, tls)  # type: ignore[arg-type]

    broken = {name: found for name, found in zip(ATTACKS, outcomes, strict=True) if name not in FINE}
    assert {name: found for name, found in broken.items() if not 400 <= found.status < 500} == {}
    assert max(found.status for found in outcomes) < 500
    assert 200 <= afterwards.status < 500
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("silence", "expected"),
    [(b"", 408), (b"GET / HT", 408), (HEAD + b"a: b", 408), (WHOLE[:-2] + b"content-length: 5\r\n\r\nab", 0)],
    ids=["nothing", "half a line", "half a header", "half a body"],
)
async def test_half_a_request_and_then_silence_ends_in_bounded_time(
    silence: bytes, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "REQUEST_SECONDS", 0.1)
    async with surface("cosmos", tmp_path) as (port, _):
        outcome = await attack(port, silence)

    assert outcome == Outcome(expected, closed=expected == 0)


async def test_there_are_so_many_connections_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "CONNECTIONS_MAX", 2)
    async with surface("cosmos", tmp_path) as (port, _):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        refused = await attack(port, WHOLE)
        for reader, writer in held:
            writer.write_eof()
            await reader.read()
            writer.transport.abort()
        taken = await attack(port, WHOLE)

    assert refused == Outcome(0, closed=True)
    assert taken.status == 401


async def test_a_request_whose_client_goes_away_in_the_middle_is_not_carried_out() -> None:
    endpoint = shop()
    handled: list[Request] = []
    app = App(endpoint.gateway, cast("Serving", Recorder(handled)), None)
    events: list[dict[str, object]] = [
        {"type": "http.request", "body": b"{}", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return events.pop(0)

    await app({"type": "http", "method": "POST", "path": "/dbs", "headers": []}, receive, unused)

    assert handled == []


class Recorder:
    def __init__(self, handled: list[Request]) -> None:
        self._handled = handled

    async def answer(self, request: Request) -> Response:
        self._handled.append(request)
        return Response(200, [], b"")


async def unused(_: object) -> None:
    raise AssertionError("Nobody is left to be answered.")
