"""The result of a run as a table."""

from collections import Counter

from tests.conformance.cases import Case
from tests.conformance.performing import Outcome


def table(outcomes: dict[Case, Outcome], *, local: bool) -> list[str]:
    """Area, cases, passed; beside it what was skipped, and what differs as it is known to do locally."""
    kinds: dict[str, Counter[str]] = {}
    for case, outcome in outcomes.items():
        kind = _kind(case, outcome)
        kinds.setdefault(case.area, Counter())["failed" if kind == "known to differ" and not local else kind] += 1
    kinds["all"] = sum(kinds.values(), Counter())
    width = max(len(area) for area in kinds)
    rows = [f"{area:{width}}  {count.total():5}  {count['passed']:6}{_notes(count)}" for area, count in kinds.items()]
    return [f"{'area':{width}}  cases  passed", *rows]


def _kind(case: Case, outcome: Outcome) -> str:
    if outcome.skipped:
        return "skipped"
    if outcome.failure is None:
        return "passed"
    return "known to differ" if case.differs else "failed"


def _notes(count: Counter[str]) -> str:
    notes = [f"{count[kind]} {kind}" for kind in ("skipped", "known to differ") if count[kind]]
    return f"  ({', '.join(notes)})" if notes else ""
