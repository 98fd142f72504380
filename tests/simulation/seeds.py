"""What one seed is: a program, what its instance is told, and what goes wrong; all of it follows from the number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from durable.testing.exploring.faults import Fault, Hit, Schedule
from durable.testing.exploring.subject import Subject, Tell, Told, event
from durable.testing.exploring.trial import Judge, Trial
from orchestrator import operations
from tests.simulation.programs import Step, a_program, handlers, program

WITHIN = timedelta(days=2)
HITS_MAX = 6
CALLS_MAX = 70
_FAULTS = tuple(Fault)


def a_subject(random: Random) -> Subject:
    """Make up a program and what its instance is told."""
    steps = a_program(random)
    return Subject(program, (program,), steps, handlers, _told(random))


def a_schedule(random: Random) -> Schedule:
    """Make up what goes wrong; a fault at a call that it does not fit changes nothing."""
    hits: dict[tuple[str, int], Hit] = {}
    for _ in range(random.randint(0, HITS_MAX)):
        process = random.choice(("orchestrator", "orchestrator", "work"))
        call = random.randint(1, CALLS_MAX if process == "orchestrator" else CALLS_MAX // 2)
        hits[process, call] = Hit(process, call, random.choice(_FAULTS))
    return tuple(hits.values())


def run_seed(seed: int) -> Trial:
    """Try one seed."""
    random = Random(seed)
    subject = a_subject(random)
    return Judge(subject, (), WITHIN).run(a_schedule(random))


def judge_of(seed: int) -> Judge:
    """Give what runs other schedules of the program of a seed."""
    return Judge(a_subject(Random(seed)), (), WITHIN)


def program_of(seed: int) -> list[Step]:
    """Give the program of a seed."""
    return a_program(Random(seed))


def _told(random: Random) -> Sequence[Told]:
    told = [
        event(timedelta(seconds=random.randint(0, 60)), random.choice("xy"), random.randint(0, 9) or "no number")
        for _ in range(random.randint(0, 3))
    ]
    if random.random() < 0.25:
        after = timedelta(seconds=random.randint(0, 60))
        told += _verb(after, random.choice(("cancel", "terminate", "suspend")))
    return told


def _verb(after: timedelta, verb: str) -> list[Told]:
    if verb == "suspend":
        return [(after, operations.suspend), (after + timedelta(minutes=5), operations.resume)]
    tell: Tell = operations.cancel if verb == "cancel" else operations.terminate
    return [(after, tell)]
