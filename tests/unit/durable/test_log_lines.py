"""What a log line says of itself, and how it is written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from io import StringIO

import orjson
import pytest

from durable.logs import About, Annotating, JsonLines, TextLines, fields_of_trace
from durable.logs.about import Fields
from durable.worker.threads import Threads

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
ATTEMPT: Fields = {
    "instance_id": "order-7",
    "saga": "shipping",
    "run": "r",
    "execution": 1,
    "step": "parcels.pack",
    "task_id": 3,
    "attempt": 2,
    **fields_of_trace(TRACE),
}


class Written:
    def __init__(self) -> None:
        self.stream = StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.addFilter(Annotating())
        self.handler.setFormatter(JsonLines())
        self.logger = logging.getLogger("tests.lines")
        self.logger.setLevel(logging.DEBUG)
        self.logger.addHandler(self.handler)

    def lines(self) -> list[dict[str, object]]:
        return [orjson.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    written = Written()
    yield written
    written.logger.removeHandler(written.handler)


def test_a_line_says_what_the_work_is_about_while_that_lasts(written: Written) -> None:
    with About(lambda: ATTEMPT):
        written.logger.info("packing")
    written.logger.info("resting")

    inside, outside = written.lines()
    assert {name: inside[name] for name in ATTEMPT} == ATTEMPT
    assert "instance_id" not in outside


def test_the_ids_of_a_trace_are_those_of_its_parent() -> None:
    assert fields_of_trace(TRACE) == {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
    assert fields_of_trace({}) == {}


def test_what_a_line_says_itself_stands(written: Written) -> None:
    with About(lambda: ATTEMPT):
        written.logger.info("about another", extra={"instance_id": "order-8"})

    assert written.lines()[0]["instance_id"] == "order-8"


def test_work_inside_work_is_about_the_inner_one(written: Written) -> None:
    with About(lambda: ATTEMPT), About(lambda: {"instance_id": "order-9"}):
        written.logger.info("inside")

    assert written.lines()[0]["instance_id"] == "order-9"
    assert "step" not in written.lines()[0]


async def test_it_goes_with_tasks_and_into_the_threads_of_handlers(written: Written) -> None:
    threads = Threads(1)
    with About(lambda: ATTEMPT):
        await threads.run(written.logger.info, "in a thread")
        await asyncio.create_task(asyncio.to_thread(written.logger.info, "in another"))
    threads.close()

    assert [line["instance_id"] for line in written.lines()] == ["order-7", "order-7"]


def test_text_ends_with_what_it_is_about_in_short(written: Written) -> None:
    written.handler.setFormatter(TextLines())
    with About(lambda: ATTEMPT):
        written.logger.info("packing")
    with About(lambda: {"instance_id": "order-7", "saga": "shipping", "execution": 3}):
        written.logger.info("goes on")
    written.logger.info("resting")

    ends = [line.split("tests.lines: ")[1] for line in written.stream.getvalue().splitlines()]
    assert ends == [
        "packing [order-7 shipping/parcels.pack#2 trace 0af76519]",
        "goes on [order-7~3 shipping]",
        "resting",
    ]


def test_what_is_given_as_extra_follows_what_it_is_about(written: Written) -> None:
    with About(lambda: {"instance_id": "a"}):
        written.logger.info("x", extra={"waiting": 3})

    assert list(written.lines()[0])[4:] == ["instance_id", "waiting"]
