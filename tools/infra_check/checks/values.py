"""Whether everything can be worked out: loops, conditions, outputs, and the kinds of what parameters are given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from infra_check.findings import Checked, Finding, place
from infra_check.situations import situations


def check(root: Path) -> Checked:
    """Work out every situation."""
    found: set[Finding] = set()
    told = []
    for name, expansion in situations(root).items():
        told.append(f"{name}: {len(expansion.deployed)}")
        found |= {Finding(place(root, fault.file, fault.line), fault.told) for fault in expansion.faults}
        twice = Counter((each.id, each.scope.id if each.scope else "") for each in expansion.deployed)
        found |= {
            Finding(place(root, each.file, each.line), f"expected one resource {each.id}; found {times}")
            for each in expansion.deployed
            if (times := twice[each.id, each.scope.id if each.scope else ""]) > 1
        }
    return Checked(f"resources in each situation: {', '.join(told)}", sorted(found))
