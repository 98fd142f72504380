"""What shellcheck has to say of the scripts under `infra/` and `tools/`."""

from __future__ import annotations

import json
from pathlib import Path

from infra_check.findings import Checked, Finding
from infra_check.outside import answer_of

_FOLDERS = ("infra", "tools")


def check(root: Path) -> Checked:
    """Run shellcheck over every script."""
    scripts = sorted(str(path.relative_to(root)) for folder in _FOLDERS for path in (root / folder).rglob("*.sh"))
    told = json.loads(answer_of(root, "shellcheck", "--format=json", *scripts))
    found = [Finding(f"{one['file']}:{one['line']}", f"SC{one['code']}: {one['message']}") for one in told]
    return Checked(f"{len(scripts)} scripts by shellcheck", found)
