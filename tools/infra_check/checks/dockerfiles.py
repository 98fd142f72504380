"""What hadolint and checkov have to say of the Dockerfiles."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from infra_check.findings import Checked, Finding
from infra_check.outside import tool

_FOLDERS = ("emulators", "services")
# Without --skip-download it asks a server of its vendor.
_OPTIONS = ("--framework", "dockerfile", "--skip-download", "--quiet", "--compact", "--output", "json")


def check(root: Path) -> Checked:
    """Run both over every Dockerfile."""
    files = sorted(str(path.relative_to(root)) for folder in _FOLDERS for path in (root / folder).rglob("Dockerfile"))
    linted = json.loads(_run(root, "hadolint", "--format=json", *files))
    found = [Finding(f"{one['file']}:{one['line']}", f"{one['code']}: {one['message']}") for one in linted]
    told: dict[str, Any] = json.loads(_run(root, "checkov", *(f"--file={file}" for file in files), *_OPTIONS))
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


def _run(root: Path, name: str, *arguments: str) -> str:
    command = (tool(root, name), *arguments)
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"expected an answer of {name}, found none: {done.stderr.strip()[-500:]}")
    return done.stdout
