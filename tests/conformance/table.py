"""The result of a run as a table."""

from collections import Counter

from tests.conformance.cases import Case
from tests.conformance.performing import Outcome


def table(outcomes: dict[Case, Outcome]) -> list[str]:
    """Area, cases, passed; cases that were passed over are told beside."""
    cases = Counter(case.area for case in outcomes)
    passed = Counter(case.area for case, each in outcomes.items() if not each.skipped and each.failure is None)
    skipped = Counter(case.area for case, each in outcomes.items() if each.skipped)
    rows = [(area, cases[area], passed[area], skipped[area]) for area in cases]
    rows.append(("all", cases.total(), passed.total(), skipped.total()))
    width = max(len(area) for area, *_ in rows)
    lines = [f"{'area':{width}}  cases  passed"]
    for area, count, good, left_out in rows:
        lines.append(f"{area:{width}}  {count:5}  {good:6}" + (f"  ({left_out} skipped)" if left_out else ""))
    return lines
