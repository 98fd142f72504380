"""The workbook holds the queries of the pack as they are, and none of them is forgotten."""

from __future__ import annotations

from pathlib import Path

from infra_check.findings import Checked, Finding
from infra_check.workbook import BY_HAND, FOLDER, SECTIONS, WORKBOOK, written


def check(root: Path) -> Checked:
    """Compare `workbook.json` with what would be written now."""
    findings: list[Finding] = []
    file = root / WORKBOOK
    if not file.exists() or file.read_text() != written(root):
        told = "expected the workbook of these queries: run `PYTHONPATH=tools .venv/bin/python -m infra_check.workbook`"
        findings.append(Finding(str(WORKBOOK), told))
    shown = {part.query for parts in SECTIONS.values() for part in parts}
    for path in sorted((root / FOLDER / "queries").glob("*.kql")):
        if path.stem not in shown | BY_HAND:
            findings.append(Finding(str(path.relative_to(root)), "expected it in the workbook, or among those by hand"))
    return Checked(f"{len(shown)} queries in the workbook", findings)
