"""`python -m infra_check`: runs every check, prints a table and what was found; ends with 1 if anything was."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from infra_check.checks import CHECKS, Check
from infra_check.findings import Checked, Finding
from infra_check.outside import ToolFailed

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run all checks and give the exit code."""
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        begun = time.monotonic()
        checked = _run(check)
        seconds = time.monotonic() - begun
        verdict = f"{len(checked.findings)} found" if checked.findings else "ok"
        print(f"{name:<12} {verdict:<9} {seconds:>5.1f} s  {checked.told}", flush=True)
        findings += checked.findings
    for finding in sorted(findings):
        print(finding)
    print(f"{len(CHECKS)} checks, {len(findings)} findings. Nothing here was deployed: see docs/how-to/deploy.md.")
    return 1 if findings else 0


def _run(check: Check) -> Checked:
    try:
        return check(ROOT)
    except ToolFailed as error:
        return Checked("not checked", [Finding("make infra-check", str(error))])


if __name__ == "__main__":
    sys.exit(main())
