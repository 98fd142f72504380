"""What hadolint and checkov have to say of the Dockerfiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra_check.findings import Checked, Finding
from infra_check.outside import answer_of

_FOLDERS = ("emulators", "services")
# Without --skip-download it asks a server of its vendor.
_OPTIONS = ("--framework", "dockerfile", "--skip-download", "--quiet", "--compact", "--output", "json")


def check(root: Path) -> Checked:
    """Run both over every Dockerfile."""
    files = sorted(str(path.relative_to(root)) for folder in _FOLDERS for path in (root / folder).rglob("Dockerfile"))
    linted = json.loads(answer_of(root, "hadolint", "--format=json", *files))
    found = [Finding(f"{one['file']}:{one['line']}", f"{one['code']}: {one['message']}") for one in linted]
    told: dict[str, Any] = json.loads(answer_of(root, "checkov", *(f"--file={file}" for file in files), *_OPTIONS))
    results, summary = told["results"], told["summary"]
    found += [
        Finding(
            f"{one['file_path'].lstrip('/')}:{one['file_line_range'][0]}", f"{one['check_id']}: {one['check_name']}"
        )
        for one in results["failed_checks"]
    ]
    if summary["parsing_errors"]:
        found.append(Finding(f"{files[0]}:1", f"checkov can't read {summary['parsing_errors']} of the Dockerfiles"))
    return Checked(f"{len(files)} Dockerfiles by hadolint, and by checkov: {summary['passed']} passed", found)
