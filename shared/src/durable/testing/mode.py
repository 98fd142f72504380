"""How an environment cuts turns, and where the code of a saga comes from."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """How instances are run: what a saga does must not depend on it.

    Status, result, effects and the count of each kind of event are the same in all four.
    """

    LIVE = "the coroutine is kept between turns"
    COLD = "every instance is forgotten after each turn, so that each turn replays its history"
    DUPLICATES = "every message to an instance comes twice, and again with the next ones"
    SPLIT = "every message has a turn of its own"
