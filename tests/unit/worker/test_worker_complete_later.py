import asyncio
from datetime import timedelta
from typing import Any

import pytest

from durable.adapters.memory.clock import START
from durable.events import ActivityFailed
from durable.ids import message_id
from durable.tokens import CompletionToken
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import SHOUT, Text, a_command, a_world


class Leaving:
    """A handler that leaves its outcome to somebody else."""

    def __init__(self, *, raises: Exception | None = None, seconds: float = 0) -> None:
        self.tokens: list[str] = []
        self._raises = raises
        self._seconds = seconds
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.leave)

    async def leave(self, text: Text, ctx: ActivityContext) -> Text:
        self.tokens.append(ctx.complete_later())
        ctx.heartbeat({"asked": 1})
        ctx.heartbeat({"asked": 2})
        await asyncio.sleep(self._seconds)
        if self._raises is not None:
            raise self._raises
        return text


async def test_an_attempt_that_is_completed_later_is_settled_and_not_answered() -> None:
    leaving = Leaving()
    async with a_world(leaving.worker) as world:
        command = a_command(attempt=2, execution=3)
        await world.send(command)
        while (await world.heartbeat()).detail != {"asked": 2}:
            pass
        await world.stop()

        assert await world.left_in_queue() == []
        assert await world.instances.receive(1, timedelta(hours=2)) == []

    (token,) = leaving.tokens
    assert CompletionToken.decode(token) == CompletionToken(command.instance_id, command.run, 3, 1, 2, SHOUT.name)


@pytest.mark.parametrize(
    ("limits", "kind", "retryable", "due"),
    [
        ({"start_to_close": 90.0}, "start_to_close", True, 90),
        ({"deadline": START + timedelta(minutes=5)}, "schedule_to_close", False, 300),
        ({"start_to_close": 90.0, "deadline": START + timedelta(seconds=50)}, "schedule_to_close", False, 50),
    ],
)
async def test_a_token_that_nobody_uses_times_out(
    limits: dict[str, Any], kind: str, *, retryable: bool, due: float
) -> None:
    async with a_world(Leaving().worker) as world:
        command = a_command(**limits)
        await world.send(command)
        message = await world.completion()

        assert asyncio.get_running_loop().time() == pytest.approx(due, abs=0.5)

    assert isinstance(message.event, ActivityFailed)
    failure = message.event.failure
    assert (failure.type, failure.details, failure.retryable) == ("durable.ActivityTimeout", {"kind": kind}, retryable)
    assert message.event.heartbeat == {"asked": 2}
    assert message.id != message_id(command.instance_id, command.run, "ActivityFailed", 1, 1)


async def test_a_handler_that_raises_after_it_took_a_token_fails_as_ever() -> None:
    leaving = Leaving(raises=ValueError("nobody is there"))
    async with a_world(leaving.worker) as world:
        await world.send(a_command())

        assert (await world.failure()).message == "nobody is there"


async def test_a_handler_whose_time_is_over_after_it_took_a_token_times_out_once() -> None:
    leaving = Leaving(seconds=100)
    async with a_world(leaving.worker) as world:
        await world.send(a_command(start_to_close=5.0))
        failure = await world.failure()
        assert await world.instances.receive(1, timedelta(hours=2)) == []

    assert failure.details == {"kind": "start_to_close"}
