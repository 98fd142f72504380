"""Every code that a finding may have, with the reason it is one; `docs/reference/lint.md` says the same to readers.

1. A code is never given a new meaning: suppressions in other people's code name it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding.

    Attributes:
        id: what suppressions name.
        why: the reason, as the second half of a sentence that begins with what was found.
        is_hint: whether it is worth saying and no reason to fail.
    """

    id: str
    why: str
    is_hint: bool = False


WALL_CLOCK = Code("DUR001", "the wall clock tells another time on replay")
CHANCE = Code("DUR002", "chance falls differently on replay")
INPUT_OUTPUT = Code("DUR003", "a saga runs again on replay, and so would this input or output")
THREADS = Code("DUR004", "threads and event loops know nothing of the history")
ENVIRONMENT = Code("DUR005", "the process that replays the saga may have another environment")
SET_ORDER = Code("DUR006", "the order of a set differs from process to process")
IDENTITY = Code("DUR007", "the value differs from process to process")
NOT_AWAITED = Code("DUR008", "nothing ever awaits it, so that its failure is lost or it never runs")
SWALLOWED = Code("DUR009", "it also stops what ends the coroutine when its instance leaves memory")
OUTER_STATE = Code("DUR010", "what is kept outside the saga is not in its history")
ENDLESS = Code("DUR011", "nothing changes in this loop until the saga awaits something")
WRITTEN_AGAIN = Code("DUR012", "it is written again on every replay", is_hint=True)
UNUSED = Code("DUR013", "it suppresses nothing")

CODES = (
    WALL_CLOCK,
    CHANCE,
    INPUT_OUTPUT,
    THREADS,
    ENVIRONMENT,
    SET_ORDER,
    IDENTITY,
    NOT_AWAITED,
    SWALLOWED,
    OUTER_STATE,
    ENDLESS,
    WRITTEN_AGAIN,
    UNUSED,
)
