"""What is logged while an attempt runs says by itself which attempt that is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from durable.logs import Annotating
from durable.telemetry.tracing import recording
from durable.worker import Worker
from tests.support.worker_world import COUNT, SHOUT, Text, a_command, a_world

Said = Callable[[], list[dict[str, Any]]]
LIBRARY = logging.getLogger("a-library")


def a_worker() -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        await asyncio.sleep(1)
        LIBRARY.warning("shouting")
        return text

    @worker.handles(COUNT)
    def count(text: Text) -> int:
        LIBRARY.warning("counting")
        return len(text.text)

    return worker


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Said:
    """Gives what the library has logged so far, with all fields."""
    caplog.handler.addFilter(Annotating())
    return lambda: [vars(record) for record in caplog.records if record.name == LIBRARY.name]


async def test_a_line_of_a_library_says_whose_attempt_it_was_logged_in(said: Said) -> None:
    async with a_world(a_worker()) as world:
        first, second = a_command(task_id=3, attempt=2), a_command()
        await world.send(first, second)
        await world.completions(2)
    LIBRARY.warning("outside")

    one, other, outside = said()
    assert (one["instance_id"], other["instance_id"]) == (first.instance_id, second.instance_id)
    assert (one["step"], one["task_id"], one["attempt"], one["run"]) == (SHOUT.name, 3, 2, first.run)
    assert "instance_id" not in outside


async def test_so_does_one_from_the_thread_of_a_handler(said: Said) -> None:
    async with a_world(a_worker()) as world:
        command = a_command(COUNT)
        await world.send(command)
        await world.completed()

    (line,) = said()
    assert (line["instance_id"], line["step"]) == (command.instance_id, COUNT.name)


async def test_a_line_stands_beneath_the_span_of_its_attempt(said: Said) -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command())
        await world.completed()

    (line,) = said()
    (span,) = (span for span in spans if span.name == SHOUT.name)
    assert (line["trace_id"], line["span_id"]) == (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}")
