"""What brought a message is settled once the spans told of it have left, and not much later."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from durable.telemetry.settling import PATIENCE, SettlingLater
from durable.telemetry.tracing import Tracing, recording


class Exits:
    """Flushes that are over when a test says so: all that ask before `begin` wait for the same one."""

    def __init__(self) -> None:
        self.next: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self) -> asyncio.Future[None]:
        begun, self.next = self.next, asyncio.get_running_loop().create_future()
        return begun


@pytest.fixture
async def exits() -> Exits:
    return Exits()


@pytest.fixture
async def settled() -> list[list[str]]:
    return []


@pytest.fixture
async def settling(exits: Exits, settled: list[list[str]]) -> AsyncIterator[SettlingLater[str]]:
    async def settle(done: list[str]) -> None:
        settled.append(done)

    later = SettlingLater[str](Tracing(lambda _: None, "bus", lambda _: True, leave=lambda: exits.next), settle)
    yield later
    later.close()


async def test_nothing_is_settled_before_its_spans_have_left(
    settling: SettlingLater[str], exits: Exits, settled: list[list[str]]
) -> None:
    settling.add(["a"])
    await asyncio.sleep(0)
    assert settled == []

    exits.begin().set_result(None)
    await settling.drained()

    assert settled == [["a"]]


async def test_what_is_added_before_a_flush_begins_is_settled_together(
    settling: SettlingLater[str], exits: Exits, settled: list[list[str]]
) -> None:
    settling.add(["a"])
    settling.add(["b"])
    begun = exits.begin()
    settling.add(["c"])
    begun.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert settled == [["a", "b"]]
    exits.begin().set_result(None)
    await settling.drained()
    assert settled == [["a", "b"], ["c"]]


@pytest.mark.timeout(10 * PATIENCE)
async def test_a_collector_that_never_answers_holds_nothing_up_for_long(
    settling: SettlingLater[str], settled: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("durable.telemetry.settling.PATIENCE", 0.01)
    settling.add(["a"])

    await settling.drained()

    assert settled == [["a"]]


async def test_what_was_given_up_is_not_settled(
    settling: SettlingLater[str], exits: Exits, settled: list[list[str]]
) -> None:
    settling.add(["a"])
    settling.close()
    exits.begin().set_result(None)
    await settling.drained()

    assert settled == []


async def test_a_recording_tracing_keeps_nobody_waiting(settled: list[list[str]]) -> None:
    async def settle(done: list[str]) -> None:
        settled.append(done)

    tracing, _ = recording()
    later = SettlingLater[str](tracing, settle)
    later.add(["a"])
    await later.drained()

    assert settled == [["a"]]
