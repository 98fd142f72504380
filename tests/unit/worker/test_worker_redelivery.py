import asyncio

from durable.worker import ActivityContext, Worker
from tests.support.worker_world import SHOUT, Text, a_command, a_world


class Paying:
    """A handler that must not run twice."""

    def __init__(self) -> None:
        self.runs: list[ActivityContext] = []
        self.started = asyncio.Event()
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.pay)

    async def pay(self, text: Text, ctx: ActivityContext) -> Text:
        self.runs.append(ctx)
        self.started.set()
        await asyncio.sleep(30)
        return text


async def test_what_must_not_run_twice_is_left_in_doubt_after_its_worker_died() -> None:
    paying = Paying()
    async with a_world(paying.worker) as world:
        await world.send(a_command(once=True))
        await paying.started.wait()
        await world.kill()
        failure = await world.failure()

    assert (failure.type, failure.retryable) == ("durable.OutcomeUnknown", False)
    assert len(paying.runs) == 1


async def test_what_must_not_run_twice_is_left_in_doubt_when_it_was_sent_again() -> None:
    paying = Paying()
    async with a_world(paying.worker) as world:
        await world.send(a_command(once=True, resent=True))

        assert (await world.failure()).type == "durable.OutcomeUnknown"

    assert paying.runs == []


async def test_what_must_not_run_twice_runs_once() -> None:
    paying = Paying()
    async with a_world(paying.worker) as world:
        await world.send(a_command(once=True, attempt=2))

        assert (await world.completed()).output == {"text": "a"}
