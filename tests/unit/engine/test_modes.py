from typing import Any

import pytest

from durable.status import Status
from orchestrator.engine import Instance
from tests.support.drive import IDENTITY, Drive, Mode, reread
from tests.support.sample_sagas import SAMPLES, Sample

NAMES = [f"{sample.saga.name}-{sample.input}" for sample in SAMPLES]


def run(sample: Sample, mode: Mode) -> Drive:
    drive = Drive([sample.saga], sample.handlers(), mode)
    drive.start(sample.saga, sample.input)
    sample.script(drive)
    return drive


def outcome(drive: Drive) -> dict[str, Any]:
    failure = drive.instance.failure
    return {
        "status": drive.status,
        "output": drive.instance.output,
        "failure": failure and (failure.type, failure.message),
        "reasons": drive.instance.reasons,
        "unread": drive.instance.unread_events,
        "kinds": drive.kinds,
        "effects": sorted(drive.effects, key=repr),
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
@pytest.mark.parametrize("mode", [Mode.COLD, Mode.DUPLICATES, Mode.SPLIT])
def test_a_saga_comes_to_the_same_end_however_it_is_run(sample: Sample, mode: Mode) -> None:
    assert outcome(run(sample, mode)) == outcome(run(sample, Mode.LIVE))


@pytest.mark.parametrize("mode", [Mode.COLD, Mode.SPLIT])
@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_saga_has_the_same_history_however_its_turns_are_cut(sample: Sample, mode: Mode) -> None:
    def told(drive: Drive) -> list[tuple[str, object]]:
        return [(type(event).__name__, getattr(event, "task_id", None)) for event in drive.history]

    assert told(run(sample, mode)) == told(run(sample, Mode.LIVE))


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_every_sample_ends(sample: Sample) -> None:
    assert run(sample, Mode.LIVE).status.ended


def test_the_samples_end_in_every_way_that_a_saga_can_end_by_itself() -> None:
    ends = {run(sample, Mode.LIVE).status for sample in SAMPLES}

    assert ends == {
        Status.COMPLETED,
        Status.FAILED,
        Status.REJECTED,
        Status.COMPENSATED,
        Status.COMPENSATION_FAILED,
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_the_whole_history_replays_without_a_mismatch(sample: Sample) -> None:
    drive = run(sample, Mode.LIVE)

    again = Instance.replay(IDENTITY, drive.setup, reread(drive.history))

    assert again.mismatch is None
    assert (again.status, again.output, again.failure) == (drive.status, drive.instance.output, drive.instance.failure)
    assert again.event_count == len(drive.history)
