"""What checkov has to say. Where the project does otherwise, a comment at the resource says why."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from infra_check.findings import Checked, Finding, place
from infra_check.outside import answer_of
from infra_check.situations import BICEP, bicep_files

_WITHOUT_REASON = re.compile(r"checkov:skip=\w+:?\s*$")
# Without --skip-download it asks a server of its vendor.
_OPTIONS = ("--framework", "bicep", "--skip-download", "--quiet", "--compact", "--output", "json")


def check(root: Path) -> Checked:
    """Run checkov over the Bicep files."""
    told: dict[str, Any] = json.loads(answer_of(root, "checkov", "--directory", str(BICEP), *_OPTIONS))
    found = [
        Finding(f"{BICEP}{one['file_path']}:{one['file_line_range'][0]}", f"{one['check_id']}: {one['check_name']}")
        for one in told.get("results", {}).get("failed_checks", [])
    ]
    summary = told["summary"]
    if summary["parsing_errors"]:
        found.append(Finding(f"{BICEP}:1", f"checkov can't read {summary['parsing_errors']} of the files"))
    found += [
        Finding(place(root, path, number), "expected a reason behind the id of what is set aside; found none")
        for path in bicep_files(root)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if _WITHOUT_REASON.search(line)
    ]
    version, passed, skipped = summary["checkov_version"], summary["passed"], summary["skipped"]
    return Checked(f"checkov {version}: {passed} passed, {skipped} set aside with a reason", found)
