"""What is said of events that are none."""

from __future__ import annotations

from collections.abc import Sequence

from durable.http.problem import Problem, ProblemType


def malformed(detail: str, faults: Sequence[tuple[str, str]] = ()) -> Problem:
    """Give the problem of a body, or of a part of it, that breaks the rules of its format."""
    return Problem(ProblemType.MALFORMED, detail, faults)


def kind_of(value: object) -> str:
    """Name a JSON value in a sentence: its kind, or the value if that is short."""
    return {dict: "an object", list: "an array", str: "text", type(None): "nothing"}.get(type(value), str(value)[:80])
