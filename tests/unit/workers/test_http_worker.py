import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from dishka import Provider, Scope

from contracts.http import CALL_HTTP, HttpRequest, HttpResponse
from durable.adapters.clock import SystemClock
from durable.adapters.memory import MemoryObjects
from durable.failure import Failure
from durable.ports import Clock
from http_worker.answers import asked_wait
from http_worker.handlers import worker
from http_worker.secret_headers import SecretHeaders
from http_worker.web import web_provider
from tests.support.handlers import Calls, calls_to
from tests.support.secrets_world import ToldSecrets, uncached
from tests.support.web_service import service

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    clock = Provider(scope=Scope.APP)
    clock.provide(SystemClock, provides=Clock)
    no_secrets = Provider(scope=Scope.APP)
    no_secrets.provide(lambda: SecretHeaders(uncached(ToldSecrets()), {}), provides=SecretHeaders)
    async with calls_to(worker, MemoryObjects(), web_provider(), clock, no_secrets) as calls:
        yield calls


async def test_an_answer_comes_back_with_status_headers_and_body(calls: Calls) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"asked": await request.json(), "how": request.method}, headers={"X-Mark": "1"})

    async with service(answer) as url:
        request = HttpRequest.model_validate({"url": f"{url}/things", "method": "POST", "body": {"n": 1}})
        response: HttpResponse = await calls.call(CALL_HTTP, request)

    assert (response.status, response.headers["X-Mark"]) == (200, "1")
    assert response.body == {"asked": {"n": 1}, "how": "POST"}


async def test_a_request_carries_the_idempotency_key_of_its_step(calls: Calls) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["Idempotency-Key"])
        return web.Response(text="ok")

    async with service(answer) as url:
        response = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": url}))

    assert len(seen[0]) == 32
    assert response.body == "ok"


async def test_a_service_that_needs_time_is_asked_where_it_says_until_it_is_done(calls: Calls) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        if len(asked) < 3:
            return web.Response(status=202, headers={"Location": "/jobs/7", "Retry-After": "0"})
        return web.json_response("done")

    async with service(answer) as url:
        response = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": f"{url}/jobs", "method": "POST"}))

    assert response.body == "done"
    assert asked == ["POST /jobs", "GET /jobs/7", "GET /jobs/7"]


async def test_what_the_service_refuses_is_an_answer_like_any_other(calls: Calls) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"why": "no"}, status=404)

    async with service(answer) as url:
        response = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": url}))

    assert (response.status, response.body) == (404, {"why": "no"})


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_fails_the_attempt_and_says_when_to_come_back(calls: Calls, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    async with service(answer) as url:
        failure: Failure = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": url}))

    assert (failure.retryable, failure.retry_after) == (True, 7)
    assert str(status) in failure.message


async def test_what_says_that_it_is_json_and_is_none_fails_for_good(calls: Calls) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"{", content_type="application/json")

    async with service(answer) as url:
        failure: Failure = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": url}))

    assert not failure.retryable
    assert "expected JSON" in failure.message


async def test_a_service_that_is_not_there_fails_the_attempt_and_may_be_tried_again(calls: Calls) -> None:
    failure: Failure = await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": "http://127.0.0.1:9/"}))

    assert failure.retryable


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("12", timedelta(seconds=12)),
        ("Thu, 01 Jan 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Thu, 01 Jan 2026 11:00:00 GMT", timedelta(0)),
        ("99999999999", timedelta(hours=1)),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(text: str, wait: timedelta | None) -> None:
    assert asked_wait(HttpResponse(status=202, headers={"retry-after": text}), NOON) == wait


def test_a_request_is_plain_data() -> None:
    request = HttpRequest.model_validate({"url": "https://example.org/a"})

    assert json.loads(request.model_dump_json())["method"] == "GET"
