import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from durable.status import Status
from durable.testing import SagaEnvironment
from durable.tokens import CompletionToken
from durable.worker import ActivityContext
from tests.docs.long_running.contracts import COUNT, GRADE, PAY, RATE, RENDER, Film, Reel
from tests.docs.long_running.saga import make_film
from tests.docs.long_running.worker import render, worker
from tests.support.worker_world import a_command, a_world

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "how-to" / "long-running-activities.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILM = {"name": "Ran", "scenes": 4}


@pytest.mark.parametrize("name", ["contracts", "saga", "worker"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    code = (HERE / f"{name}.py").read_text().replace("tests.docs.long_running", "films")

    assert code in BLOCK.findall(PAGE)


def test_an_attempt_that_hangs_is_followed_by_one_that_goes_on_where_it_was() -> None:
    contexts: list[ActivityContext] = []

    async def hang_in_the_third_scene(film: Film, ctx: ActivityContext) -> Reel:
        contexts.append(ctx)
        if len(contexts) > 1:
            return await render(film, ctx)
        ctx.heartbeat(["Ran, scene 1", "Ran, scene 2"])
        await asyncio.sleep(86_400)
        raise AssertionError

    env = SagaEnvironment([make_film], {RENDER: hang_in_the_third_scene})
    run = env.start(make_film, Film(name="Ran", scenes=4), instance_id="a")
    env.advance(timedelta(hours=1))

    assert run.status is Status.COMPLETED
    assert run.result == Reel(scenes=[f"Ran, scene {n}" for n in (1, 2, 3, 4)])
    assert [ctx.attempt for ctx in contexts] == [1, 2]


async def test_the_handlers_do_what_the_page_says() -> None:
    async with a_world(worker) as world:
        await world.send(a_command(RENDER, FILM))
        assert (await world.completed()).output == {"scenes": [f"Ran, scene {n}" for n in (1, 2, 3, 4)]}

        await world.send(a_command(GRADE, FILM), a_command(PAY, FILM))
        assert len(await world.completions(2)) == 2

        command = a_command(RENDER, FILM)
        await world.send(command)
        await world.cancel(command, (await world.heartbeat()).control)
        assert (await world.failure()).type == "durable.Cancelled"


async def test_a_rating_is_left_to_whoever_has_the_token(caplog: pytest.LogCaptureFixture) -> None:
    async with a_world(worker) as world:
        with caplog.at_level("INFO"):
            await world.send(a_command(RATE, FILM))
            await asyncio.sleep(1)
            await world.stop()
        assert await world.left_in_queue() == []

    (line,) = (record.getMessage() for record in caplog.records if "by token" in record.getMessage())
    assert CompletionToken.decode(line.rpartition(" ")[2]).activity == RATE.name


def test_what_computes_runs_in_a_process_and_what_must_not_be_repeated_says_so() -> None:
    assert worker.handlers[COUNT.name].run_in == "process"
    assert PAY.on_redelivery == "fail"
