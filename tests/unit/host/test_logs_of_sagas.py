import logging

import pytest

from durable import SagaContext, saga
from durable.logs import Annotating
from durable.telemetry.tracing import recording
from tests.support.host_sagas import ADD_ONE, Number
from tests.support.host_world import HostWorld


@saga("talking")
async def talking(ctx: SagaContext, start: Number) -> Number:
    ctx.log.info("begins with %d", start.value)
    done = await ctx.call(ADD_ONE, start)
    ctx.log.warning("ends with %d", done.value)
    return done


@saga("careless")
async def careless(ctx: SagaContext, start: Number) -> Number:
    logging.getLogger("careless").warning("not by ctx.log")  # durable: ignore[DUR012]  To see what becomes of it.
    return start


async def test_what_a_saga_logs_is_said_once_with_its_instance(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "saga")
    world = HostWorld(sagas=[talking])
    async with world.hosting():
        await world.start(talking, {"value": 1})
        await world.until(world.turns)
    async with world.working(), world.hosting():
        await world.ended()

    said = [record for record in caplog.records if record.name == "saga.talking"]
    assert [(record.levelname, record.getMessage()) for record in said] == [
        ("INFO", "begins with 1"),
        ("WARNING", "ends with 2"),
    ]
    assert {vars(record)["instance_id"] for record in said} == {"a"}
    assert {vars(record)["execution"] for record in said} == {1}


async def test_a_line_of_a_saga_stands_beneath_the_span_of_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "saga")
    tracing, spans = recording()
    world = HostWorld(sagas=[talking], tracing=tracing)
    async with world.working(), world.hosting():
        await world.start(talking, {"value": 1})
        await world.ended()

    turns = [span for span in spans if span.name == "turn talking"]
    told = [(f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}") for span in turns]
    said = [vars(record) for record in caplog.records if record.name == "saga.talking"]
    assert [(fields["trace_id"], fields["span_id"]) for fields in said] == told
    assert {fields["saga"] for fields in said} == {"talking"}


async def test_whatever_code_of_a_saga_logs_says_whose_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(Annotating())
    caplog.set_level(logging.WARNING)
    world = HostWorld(sagas=[careless])
    async with world.hosting():
        await world.start(careless, {"value": 1}, id="alone")
        await world.ended("alone")
    logging.getLogger("careless").warning("outside")

    inside, outside = (vars(record) for record in caplog.records if record.name == "careless")
    assert (inside["instance_id"], inside["saga"], inside["execution"]) == ("alone", "careless", 1)
    assert "instance_id" not in outside
