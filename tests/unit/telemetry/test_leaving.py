"""Spans leave soon after they were told, many in one flush."""

import asyncio
import threading
import time

import pytest

from durable.adapters.telemetry import leaving
from durable.adapters.telemetry.leaving import Leaving


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "GATHERED", 0.01)


async def test_all_that_ask_before_it_begins_wait_for_one_flush() -> None:
    flushes: list[str] = []
    leaves = Leaving(lambda: flushes.append(threading.current_thread().name))

    first, second = leaves.leave(), leaves.leave()
    await first

    assert first is second
    assert len(flushes) == 1
    assert flushes[0] != threading.current_thread().name


async def test_what_is_told_while_a_flush_runs_waits_for_the_next() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def flush() -> None:
        begun.set()
        goes_on.wait(5)

    leaves = Leaving(flush)
    first = leaves.leave()
    await asyncio.to_thread(begun.wait, 5)
    second = leaves.leave()

    assert second is not first
    assert not second.done()
    goes_on.set()
    await asyncio.gather(first, second)


async def test_while_a_collector_is_slow_all_wait_for_one_flush_after_it() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def flush() -> None:
        begun.set()
        goes_on.wait(5)

    leaves = Leaving(flush)
    first = leaves.leave()
    await asyncio.to_thread(begun.wait, 5)
    second = leaves.leave()
    await asyncio.sleep(5 * leaving.GATHERED)

    assert leaves.leave() is second
    goes_on.set()
    await asyncio.gather(first, second)


def test_the_end_of_a_loop_does_not_wait_for_a_collector() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def flush() -> None:
        begun.set()
        goes_on.wait(5)

    async def tell() -> None:
        Leaving(flush).soon()
        await asyncio.to_thread(begun.wait, 5)

    before = time.monotonic()
    asyncio.run(tell())

    assert time.monotonic() - before < 2
    goes_on.set()


def test_outside_an_event_loop_a_span_leaves_when_its_exporter_comes_round() -> None:
    leaves = Leaving(lambda: pytest.fail("nobody asked"))

    leaves.soon()
