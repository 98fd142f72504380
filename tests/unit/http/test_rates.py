import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from durable.health import Health
from durable.http import rates
from durable.http.answers import json_answer, problem_answer
from durable.http.body import body_of
from durable.http.entrance import EntranceSettings, entrance
from durable.http.problem import Problem
from durable.http.rates import Places, Rates
from durable.http.roles import Role
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import HTTP_REFUSED
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from ingestor.roles import needed_role
from tests.support.asgi import AsgiClient
from tests.support.guarded import APPS, AUDIENCE, LOOKS, guarded, settings_for
from tests.support.ingestor_world import IngestorWorld


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


def taken(rates: Rates, caller: str, times: int) -> int:
    """How many of so many requests are let in."""
    count = 0
    for _ in range(times):
        try:
            rates.take(caller)
        except Problem:
            continue
        count += 1
    return count


def test_a_caller_may_have_what_one_second_brings_at_once() -> None:
    assert taken(Rates(5, Clock()), "ada", 20) == 5


def test_a_bucket_fills_evenly_and_not_beyond() -> None:
    clock = Clock()
    rates = Rates(5, clock)
    taken(rates, "ada", 20)

    clock.now = 0.4
    assert taken(rates, "ada", 20) == 2
    clock.now = 100
    assert taken(rates, "ada", 20) == 5


def test_a_caller_takes_nothing_from_another() -> None:
    rates = Rates(5, Clock())
    taken(rates, "ada", 20)

    assert taken(rates, "bob", 1) == 1


def test_callers_with_full_buckets_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CALLERS_MAX", 3)
    clock = Clock()
    counted = Rates(5, clock)
    for caller in ("ada", "bob"):
        counted.take(caller)
    clock.now = 2
    taken(counted, "eve", 20)

    counted.take("new")

    assert set(counted._buckets) == {"eve", "new"}
    assert taken(counted, "eve", 1) == 0


def test_if_none_is_full_the_first_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CALLERS_MAX", 3)
    counted = Rates(5, Clock())

    for caller in "abcd":
        counted.take(caller)

    assert set(counted._buckets) == {"b", "c", "d"}


def test_a_place_that_was_given_back_is_free() -> None:
    places = Places(1)
    place = places.take()
    with pytest.raises(Problem, match="at most 1 requests at a time"):
        places.take()

    places.give_back(place)
    places.take()


def test_bodies_in_memory_are_bounded_all_together() -> None:
    places = Places(10, held_bytes_max=100)
    first, second = places.take(), places.take()
    first.hold(80)
    second.hold(20)
    with pytest.raises(Problem, match="bodies of at most 100 bytes in memory"):
        second.hold(1)

    places.give_back(first)
    second.hold(80)


def test_a_body_alone_is_not_too_large_for_memory() -> None:
    Places(10, held_bytes_max=100).take().hold(1000)


@pytest.mark.parametrize("service", APPS)
async def test_who_asks_too_often_is_told_to_come_later(service: str, entra: TenantEndpoint) -> None:
    ada, bob = (entra.tenant.token(AUDIENCE, ["read"], oid=name) for name in ("ada", "bob"))
    async with guarded(service, entra, per_second=1) as world:
        answers = [await world.ask(*LOOKS[service], token) for token in (ada, ada, ada, bob)]

    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert (answers[1].problem, answers[1].headers["Retry-After"]) == ("busy", "1")
    assert "REQUESTS_PER_SECOND_MAX" in answers[1].document["detail"]


async def test_another_token_of_the_same_caller_has_no_bucket_of_its_own(entra: TenantEndpoint) -> None:
    async with guarded("ingestor", entra, per_second=1) as world:
        tokens = [entra.tenant.token(AUDIENCE, ["read"], number=number) for number in range(3)]

        assert [(await world.ask("GET", "/catalogue", token)).status for token in tokens] == [200, 429, 429]


async def test_no_more_requests_are_under_way_than_there_are_places(entra: TenantEndpoint) -> None:
    async with guarded("ingestor", entra, at_once=1) as world:
        token = entra.tenant.token(AUDIENCE, ["read", "publish"])
        more, begun = asyncio.Event(), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"begun"
            begun.set()
            await more.wait()

        upload = asyncio.create_task(world.ask("PUT", "/files/a.txt", token, data=body()))
        await begun.wait()
        async with asyncio.timeout(10):
            while (refused := await world.ask("GET", "/catalogue", token)).status == 200:
                pass
        health = await world.ask("GET", "/health/live")
        stranger = await world.ask("GET", "/catalogue")
        more.set()

        assert (refused.status, refused.problem, refused.headers["Retry-After"]) == (429, "busy", "1")
        assert "REQUESTS_AT_ONCE_MAX" in refused.document["detail"]
        assert (health.status, stranger.status) == (200, 401)
        assert (await upload).status == 201
        assert (await world.ask("GET", "/catalogue", token)).status == 200


async def test_a_large_body_waits_until_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    more, begun = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        size = len(await body_of(Request(scope, receive), 1000))
        begun.set()
        if scope["path"] == "/slow":
            await more.wait()
        await json_answer({"size": size})(scope, receive, send)

    async with entrance(answering_problems(app), lambda *_: Role.READ, EntranceSettings(), Health()) as inside:
        monkeypatch.setattr(inside._places, "_held_bytes_max", 100)  # type: ignore[attr-defined]  # As it is inside.
        client = AsgiClient(inside)
        slow = asyncio.create_task(client.post("/slow", b"x" * 90))
        await begun.wait()
        refused = await client.post("/a", b"x" * 20)
        more.set()

        assert ((await slow).status, refused.status) == (200, 429)
        assert (await client.post("/a", b"x" * 20)).status == 200


def answering_problems(app: ASGIApp) -> ASGIApp:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Problem as problem:
            await problem_answer(problem)(scope, receive, send)

    return answering


async def test_without_a_tenant_there_are_places_and_no_buckets() -> None:
    async with entrance(IngestorWorld().app(), needed_role, EntranceSettings(per_second=1), Health()) as app:
        client = AsgiClient(app)

        assert [(await client.get("/catalogue")).status for _ in range(5)] == [200] * 5


async def test_what_is_refused_is_counted_by_status(entra: TenantEndpoint) -> None:
    metrics = Metrics()
    async with entrance(
        IngestorWorld().app(), needed_role, settings_for(entra, per_second=1), Health(), metrics
    ) as app:
        client = AsgiClient(app)
        for roles in ([], ["read"], ["read"]):
            await client.get("/catalogue", {"Authorization": f"Bearer {entra.tenant.token(AUDIENCE, roles)}"})
        await client.get("/catalogue")
        await client.get("/health/live")

    assert [metrics.value(HTTP_REFUSED, status) for status in ("401", "403", "429")] == [1, 1, 1]
