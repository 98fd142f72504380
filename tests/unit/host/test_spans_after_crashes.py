"""Whatever dies at whatever moment, all owners together tell each step once, under one id; and nothing is an orphan."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from durable.errors import LockLost, SessionTaken
from durable.messages import INSTANCES
from durable.requests import REWIND, OwnerRequest
from durable.saga import Saga
from durable.telemetry.names import RESENT
from durable.telemetry.span import Span
from durable.telemetry.tracing import Tracing
from orchestrator.host.committer import Committer
from orchestrator.host.consumed import Place
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import take_over
from orchestrator.host.partition import PartitionHost
from orchestrator.host.residents import Resident
from orchestrator.host.spans.telling import SpanTelling
from tests.support.host_sagas import SAGAS
from tests.support.host_world import LOCK, PARTITION
from tests.support.lives_sagas import LIVES
from tests.support.mortal_ports import Life, MortalBroker, MortalStore
from tests.support.told_spans import Told, check_traces, once, place
from tests.unit.host.test_crashes import live_and_die

CASES = {"chain": 1, "fan": 4, "undoing": 1, "retrying": 7, "sleeping": 1, "astray": 1, "laps": 2, "spinning": 13}
ALL: tuple[Saga[Any, Any], ...] = (*SAGAS, *LIVES)


def content(span: Span) -> tuple[Any, ...]:
    """What does not depend on who tells it, when it was durable, and what was spent until then."""
    told = {name: value for name, value in span.attributes.items() if name != RESENT and "cost" not in name}
    return span.name, span.kind, span.context, span.parent, span.start, told, span.failure, span.error


@pytest.mark.parametrize("saga", CASES)
async def test_a_host_may_die_at_any_port_call_and_the_owners_tell_each_span_under_its_id(saga: str) -> None:
    world = Told(ALL)
    async with world.working():
        await world.start(saga, {"value": CASES[saga]})
        moments = (await live_and_die(world, None)).moments
    names = sorted(span.name for span in world.spans if span.name != "commit")

    for death_at in range(moments):
        world = Told(ALL)
        async with world.working():
            await world.start(saga, {"value": CASES[saga]})
            life = await live_and_die(world, death_at)
            async with world.hosting():
                await world.ended()
                await asyncio.sleep(2 * LOCK.total_seconds())
        where = f"death {life.names[-1]}, moment {death_at}"
        told = once(world.spans)
        check_traces(told)
        assert sorted(span.name for span in told if span.name != "commit") == names, where
        assert_one_content(world.spans, where)


def assert_one_content(spans: Sequence[Span], where: str) -> None:
    """Whoever tells a span again tells the same."""
    first: dict[tuple[int, int], tuple[Any, ...]] = {}
    for span in spans:
        if span.name != "commit":
            assert first.setdefault(place(span), content(span)) == content(span), where


class Gathering(Told):
    """A world whose spans leave a while after they were told, and are lost with a process that dies before."""

    def __init__(self) -> None:
        super().__init__(ALL)
        self.inside: list[Span] = []
        self.leaving: asyncio.Future[None] | None = None
        self.tracing = Tracing(self.inside.append, "bus", lambda _: True, leave=self.leave)

    def leave(self) -> asyncio.Future[None]:
        if self.leaving is None:
            self.leaving = asyncio.ensure_future(self._flush())
        return self.leaving

    async def _flush(self) -> None:
        await asyncio.sleep(0.2)
        self.leaving = None
        self.spans += self.inside
        self.inside.clear()

    def die(self) -> None:
        if self.leaving is not None:
            self.leaving.cancel()
            self.leaving = None
        self.inside.clear()


@pytest.mark.parametrize("saga", ["chain", "undoing", "sleeping"])
async def test_spans_that_die_with_a_host_are_told_by_the_next(saga: str) -> None:
    world = Told(ALL)
    async with world.working():
        await world.start(saga, {"value": CASES[saga]})
        moments = (await live_and_die(world, None)).moments
    names = sorted(span.name for span in world.spans if span.name != "commit")

    for death_at in range(moments):
        world = Gathering()
        async with world.working():
            await world.start(saga, {"value": CASES[saga]})
            life = await live_and_die(world, death_at)
            world.die()
            async with world.hosting():
                await world.ended()
                await asyncio.sleep(2 * LOCK.total_seconds())
        where = f"death {life.names[-1]}, moment {death_at}"
        told = once(world.spans)
        assert sorted(span.name for span in told if span.name != "commit") == names, where
        check_traces(told)


async def test_a_host_that_dies_in_a_rewind_tells_both_executions() -> None:
    moments, names = (await rewound(None))[0].moments, None
    for death_at in [None, *range(moments)]:
        life, world = await rewound(death_at)
        where = f"death {life.names[-1]}, moment {death_at}"
        told = once(world.spans)
        check_traces(told)
        found = sorted(span.name for span in told if span.name != "commit")
        names = names or found
        assert found == names, where
        assert_one_content(world.spans, where)


async def rewound(death_at: int | None) -> tuple[Life, Told]:
    """Rewind an instance that waits, by a host that dies."""
    world = Told(ALL)
    async with world.working():
        async with world.hosting():
            await world.start("asking", {"value": 1})
            await world.until(lambda: turns_of(world, 2))
        await world.ask(OwnerRequest("request", "a", REWIND, "", {"to": 1, "reason": ""}))

        async def is_rewound() -> bool:
            return len(await world.turns(execution=2)) > 1

        life = await live_and_die(world, death_at, lambda: world.until(is_rewound))
        async with world.hosting():
            await world.until(is_rewound)
            await world.raise_event("answer", {"value": 4})
            await world.ended()
            await asyncio.sleep(2 * LOCK.total_seconds())
    return life, world


async def turns_of(world: Told, count: int) -> bool:
    return len(await world.turns()) >= count


async def test_what_is_known_as_sent_is_told_once() -> None:
    world = Told(ALL)
    async with world.working():
        for _ in range(2):
            async with world.hosting():
                await world.start("chain", {"value": 1})
                await world.ended()

    world.check_spans()


async def test_a_turn_that_is_sent_again_twice_is_told_again_once() -> None:
    world = Told(ALL)
    await world.run("chain")
    ports = world.ports()
    owned = await take_over(world.store, world.clock, PARTITION, "next", "nonce")
    loader = Loader(ports, owned)
    telling = SpanTelling.of(ports, loader, Committer(world.store, owned))
    resident = await loader.load("a")
    assert telling is not None
    assert isinstance(resident, Resident)
    world.spans.clear()

    for _ in range(2):
        await telling.again(resident, [Place(1, 2)])

    assert [(span.name, span.attributes.get(RESENT)) for span in world.spans] == [
        ("turn chain", True),
        ("steps.add-one", None),
    ]


@pytest.mark.parametrize("saga", ["chain", "undoing"])
async def test_two_owners_tell_one_run(saga: str) -> None:
    moments = (await run_two_hosts(saga, None))[0].moments
    for sleep_at in range(min(moments, 60)):
        life, world = await run_two_hosts(saga, sleep_at)
        where = f"asleep {life.names[sleep_at]}, moment {sleep_at}"
        check_traces(once(world.spans), outlived={f"saga {saga}"})
        assert_one_content(world.spans, where)


async def serve_for_ever(ports: HostPorts) -> None:
    while True:
        with suppress(SessionTaken, LockLost):
            receiver = await ports.broker.session(INSTANCES, PARTITION)
            await PartitionHost(ports, receiver).serve(lambda: None)
        await asyncio.sleep(1)


async def run_two_hosts(saga: str, sleep_at: int | None) -> tuple[Life, Told]:
    """The first host falls asleep for longer than its lock and goes on as if nothing had happened."""
    world = Told(ALL)
    pause = 3 * LOCK.total_seconds()
    async with world.working():
        await world.start(saga, {"value": 1})
        life = Life(sleep_at=sleep_at, sleep_seconds=pause)
        sleeper = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="sleeper")
        tasks = [asyncio.create_task(serve_for_ever(sleeper))]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(serve_for_ever(world.ports(host="other"))))
        await world.ended()
        await asyncio.sleep(2 * pause)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return life, world
