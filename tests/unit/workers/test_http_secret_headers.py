from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from contracts.http import CALL_HTTP, HttpRequest, HttpResponse
from durable.adapters.memory import MemoryObjects
from durable.errors import SettingsInvalid
from durable.failure import Failure
from durable.settings import Environment
from http_worker.handlers import worker
from http_worker.secret_headers import origins_from, secret_headers_provider
from http_worker.web import web_provider
from tests.support.handlers import Calls, calls_to
from tests.support.secrets_world import ToldSecrets, secrets_provider
from tests.support.web_service import service

VALUE = "agate-siskin-36"
BEARER = {"Authorization": {"secret": "api-token", "prefix": "Bearer "}, "X-Plain": "p"}


@asynccontextmanager
async def calls_with(*origins: str, value: str = VALUE) -> AsyncIterator[Calls]:
    objects = MemoryObjects()
    named = origins_from(Environment({"HTTP_SECRETS": " ".join(f"api-token={origin}" for origin in origins)}))
    told = secrets_provider(ToldSecrets(api_token=value), objects)
    async with calls_to(worker, objects, web_provider(), told, secret_headers_provider(named)) as calls:
        yield calls


async def call(calls: Calls, url: str, **changes: Any) -> Any:
    return await calls.call(CALL_HTTP, HttpRequest.model_validate({"url": url, "headers": BEARER, **changes}))


class Asked:
    """Remembers the headers of each request, and answers as a test says."""

    def __init__(self, *answers: web.Response) -> None:
        self.headers: list[dict[str, str]] = []
        self.answers = list(answers)

    async def answer(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        return self.answers.pop(0) if self.answers else web.Response(text="ok")


@pytest.mark.parametrize("value", [VALUE, f"{VALUE}\n"])
async def test_the_service_gets_the_value_behind_the_prefix(value: str) -> None:
    asked = Asked()
    async with service(asked.answer) as url, calls_with(url, value=value) as calls:
        response: HttpResponse = await call(calls, url)

    assert response.body == "ok"
    assert (asked.headers[0]["Authorization"], asked.headers[0]["X-Plain"]) == (f"Bearer {VALUE}", "p")


async def test_a_service_that_sends_it_back_gives_stars() -> None:
    async def echo(request: web.Request) -> web.Response:
        said = request.headers["Authorization"]
        return web.json_response({"you": [said]}, headers={"X-Said": said})

    async with service(echo) as url, calls_with(url) as calls:
        response: HttpResponse = await call(calls, url)

    assert (response.body, response.headers["X-Said"]) == ({"you": ["Bearer ***"]}, "Bearer ***")


@pytest.mark.parametrize("origins", [(), ("https://127.0.0.1",), ("http://localhost",)])
async def test_a_secret_goes_to_the_origins_of_the_deployment_alone(origins: tuple[str, ...]) -> None:
    asked = Asked()
    async with service(asked.answer) as url, calls_with(*origins) as calls:
        failure: Failure = await call(calls, url)

    assert asked.headers == []
    assert not failure.retryable
    assert "expected header 'Authorization' with secret 'api-token' to go to one of its origins" in failure.message
    assert "HTTP_SECRETS" in failure.message


async def test_no_redirect_is_followed_with_a_secret() -> None:
    elsewhere = Asked()
    async with service(elsewhere.answer) as other:
        asked = Asked(web.Response(status=307, headers={"Location": f"{other}/x"}))
        async with service(asked.answer) as url, calls_with(url) as calls:
            response: HttpResponse = await call(calls, url)

    assert (response.status, elsewhere.headers) == (307, [])


async def test_a_place_to_ask_again_gets_the_secret_at_its_own_origin_alone() -> None:
    elsewhere = Asked()
    async with service(elsewhere.answer) as other:
        asked = Asked(
            web.Response(status=202, headers={"Location": "/jobs/1", "Retry-After": "0"}),
            web.Response(status=202, headers={"Location": f"{other}/jobs/1", "Retry-After": "0"}),
        )
        async with service(asked.answer) as url, calls_with(url) as calls:
            response: HttpResponse = await call(calls, url, method="POST")

    assert response.body == "ok"
    assert [headers["Authorization"] for headers in asked.headers] == [f"Bearer {VALUE}"] * 2
    assert [(headers.get("Authorization"), headers["X-Plain"]) for headers in elsewhere.headers] == [(None, "p")]


@pytest.mark.parametrize("value", ["two\nlines of it", "", " \n", "a\0b-and-more"])
async def test_a_value_that_no_header_can_hold_is_a_final_failure_that_does_not_show_it(value: str) -> None:
    asked = Asked()
    async with service(asked.answer) as url, calls_with(url, value=value) as calls:
        failure: Failure = await call(calls, url)

    assert "to fit into header 'Authorization'" in failure.message
    assert not failure.retryable
    assert asked.headers == []
    assert value.strip() == "" or value not in repr(failure)


async def test_a_secret_that_is_not_there_is_a_final_failure() -> None:
    async with calls_with("http://127.0.0.1:9") as calls:
        failure: Failure = await call(
            calls, "http://127.0.0.1:9", headers={"A": {"secret": "api-token", "version": "none"}}
        )

    assert failure.matches("SecretNotFound")


@pytest.mark.parametrize(
    "header", [{"secret": "a b"}, {"secret": "a", "value": "v"}, {}, {"secret": "a", "version": ".."}]
)
def test_what_is_no_reference_is_no_header(header: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        HttpRequest.model_validate({"url": "http://a/", "headers": {"X": header}})


@pytest.mark.parametrize(
    "pairs",
    ["api-token", "=https://a", "a_b=https://a", "a=ftp://a", "a=https://a/path", "a=https://u:p@a", "a=https://a:x"],
)
def test_a_pair_that_says_nothing_is_told(pairs: str) -> None:
    environment = Environment({"HTTP_SECRETS": f"good=https://a {pairs}"})

    origins_from(environment)

    with pytest.raises(SettingsInvalid, match=r"HTTP_SECRETS: expected pairs of a secret and an origin"):
        environment.done()
