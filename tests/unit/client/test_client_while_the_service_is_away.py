import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from durable.client import SagaClient
from durable.errors import AlreadyExists, InvalidInput, ServiceUnavailable

PATIENCE = timedelta(seconds=1)
CUT_OFF = "cut off"


class Scripted:
    """A service that answers with the given statuses in turn, or cuts the connection off."""

    def __init__(self, *script: int | str) -> None:
        self._script = list(script)
        self.requests: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        act = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(act, str):
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(10)
        return web.json_response({"detail": f"said {act}", "id": "a"}, status=int(act))


@asynccontextmanager
async def talking(service: Scripted) -> AsyncIterator[SagaClient]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", service.handle)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with SagaClient(f"http://{host}:{port}", patience=PATIENCE) as client:
            yield client
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("script", [[CUT_OFF, 202], [503, 202], [502, 429, 202]])
async def test_a_start_is_repeated_under_the_same_request_id(script: Sequence[int | str]) -> None:
    service = Scripted(*script)

    async with talking(service) as client:
        instance_id = await client.start("tick")

    assert instance_id == "a"
    assert len(service.requests) == len(script)
    assert len(set(service.requests)) == 1
    assert "?request_id=" in service.requests[0]


async def test_a_conflict_at_the_first_try_is_an_error() -> None:
    async with talking(Scripted(409)) as client:
        with pytest.raises(AlreadyExists):
            await client.start("tick")


async def test_a_repeated_event_keeps_its_id() -> None:
    service = Scripted(CUT_OFF, 202)

    async with talking(service) as client:
        await client.raise_event("a", "x")

    first, second = service.requests
    assert first == second
    assert "event_id=" in first


@pytest.mark.parametrize(("act", "said"), [(503, "said 503"), (CUT_OFF, "expected an answer to GET")])
async def test_patience_ends(act: int | str, said: str) -> None:
    async with talking(Scripted(act)) as client:
        with pytest.raises(ServiceUnavailable, match=said):
            await client.get("a")


async def test_a_failure_of_the_service_is_not_repeated() -> None:
    service = Scripted(500)

    async with talking(service) as client:
        with pytest.raises(ServiceUnavailable, match="said 500"):
            await client.get("a")

    assert len(service.requests) == 1


async def test_a_refusal_is_not_repeated() -> None:
    service = Scripted(413)

    async with talking(service) as client:
        with pytest.raises(InvalidInput, match="said 413"):
            await client.start("pay", {"amount": 1})

    assert len(service.requests) == 1


async def test_a_service_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    async with SagaClient(f"http://127.0.0.1:{unused_tcp_port}", patience=timedelta(milliseconds=200)) as client:
        with pytest.raises(ServiceUnavailable, match="Cannot connect"):
            await client.get("a")


async def test_a_client_that_is_not_open_says_how_to_open_it() -> None:
    with pytest.raises(RuntimeError, match="async with SagaClient"):
        await SagaClient("http://127.0.0.1:1").get("a")


@pytest.mark.parametrize("verb", ["cancel", "suspend", "resume"])
async def test_a_repeated_statement_keeps_its_id(verb: str) -> None:
    service = Scripted(CUT_OFF, 202)

    async with talking(service) as client:
        await getattr(client, verb)("a", "why")

    first, second = service.requests
    assert first == second
    assert "request_id=" in first
