from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from durable import Activity, SagaContext, saga
from durable.codec import encode_event, encode_time
from durable.errors import DeterminismMismatch
from durable.testing import SagaEnvironment, load_history, replay, save_history
from tests.support.golden_sagas import GOLDEN
from tests.support.sample_sagas import SAMPLES

SAGAS = list({saga.name: saga for saga in (*GOLDEN, *(sample.saga for sample in SAMPLES))}.values())
ADD = Activity("numbers.add", int, int)
FILES = sorted((Path(__file__).parents[2] / "golden" / "histories").glob("*.json"))


@saga("adding")
async def adding(ctx: SagaContext, n: int) -> int:
    if ctx.random.random() < 0.5:
        await ctx.sleep(timedelta(minutes=1))
    return await ctx.call(ADD, n)


@saga("adding")
async def adding_twice(ctx: SagaContext, n: int) -> int:
    return await ctx.call(ADD, await ctx.call(ADD, n, label="more"))


def an_ended_run(seed: int = 0) -> SagaEnvironment:
    env = SagaEnvironment(sagas=[adding], handlers={ADD: lambda n: n + 1}, seed=seed)
    env.start(adding, 1, instance_id="a")
    env.advance(timedelta(hours=1))
    assert env.run("a").result == 2
    return env


@pytest.mark.parametrize("seed", range(8))
def test_a_saved_history_replays(tmp_path: Path, seed: int) -> None:
    save_history(an_ended_run(seed).run("a"), tmp_path / "adding.json")

    replay([adding], load_history(tmp_path / "adding.json"))


def test_a_file_gives_back_the_history_that_was_saved(tmp_path: Path) -> None:
    run = an_ended_run().run("a")
    save_history(run, tmp_path / "adding.json")

    loaded = load_history(tmp_path / "adding.json")

    assert loaded == run.history
    assert loaded.instance_id == "a"


def test_code_that_decides_otherwise_is_a_mismatch() -> None:
    history = an_ended_run().run("a").history

    with pytest.raises(DeterminismMismatch) as caught:
        replay([adding_twice], history)

    assert caught.value.location is not None
    assert "more" in caught.value.found


def test_a_saga_that_is_gone_is_a_mismatch() -> None:
    with pytest.raises(DeterminismMismatch, match="adding"):
        replay([], an_ended_run().run("a").history)


def test_the_answer_of_the_api_is_a_history() -> None:
    history = an_ended_run().run("a").history
    events = [
        {**encode_event(event), "at": encode_time(event.at), "sequence": event.sequence, "execution": 1}
        for event in history
    ]
    answer = orjson.loads(orjson.dumps({"events": events, "continuation": None}))

    replay([adding], answer, instance_id="a")
    replay([adding], answer["events"], instance_id="a")


def test_part_of_a_history_says_that_it_is_one() -> None:
    with pytest.raises(ValueError, match="ask for the next one"):
        replay([adding], {"events": [], "continuation": "1.7"})
    with pytest.raises(ValueError, match="begins with SagaStarted"):
        replay([adding], an_ended_run().run("a").history[1:])
    with pytest.raises(ValueError, match="with `events`"):
        replay([adding], {"status": "Completed"})


def test_the_history_of_an_instance_that_goes_on_replays() -> None:
    env = SagaEnvironment(sagas=[adding], handlers={ADD: lambda n: n + 1})
    env.start(adding, 1, instance_id="a")
    env.settle()

    replay([adding], env.run("a").history)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_histories_that_were_written_long_ago_replay(file: Path) -> None:
    events = orjson.loads(file.read_bytes())
    start = events[0] | {"message_id": None}  # Their run is called "run", which follows from no message.

    replay(SAGAS, [start, *events[1:]], instance_id="a")
