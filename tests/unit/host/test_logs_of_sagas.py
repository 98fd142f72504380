import logging

import pytest

from durable import SagaContext, saga
from tests.support.host_sagas import ADD_ONE, Number
from tests.support.host_world import HostWorld


@saga("talking")
async def talking(ctx: SagaContext, start: Number) -> Number:
    ctx.log.info("begins with %d", start.value)
    done = await ctx.call(ADD_ONE, start)
    ctx.log.warning("ends with %d", done.value)
    return done


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
