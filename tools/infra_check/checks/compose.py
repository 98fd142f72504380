"""What Docker Compose itself has to say of the compose files, alone and together. Nothing is started."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from infra_check.findings import Checked, Finding
from infra_check.outside import tool

_LOCAL = "docker-compose.yml"
_AZURE = "docker-compose.azure.yml"
# By the file that settles it: the files that are read together, and services that are not there then.
_READ = {_LOCAL: (_LOCAL,), _AZURE: (_LOCAL, _AZURE)}
_ENV, _ENV_EXAMPLE = "azure.env", "azure.env.example"


def check(root: Path) -> Checked:
    """Let Compose read the files, with the example of the settings for Azure."""
    found: list[Finding] = []
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in (_LOCAL, _AZURE):
            shutil.copy(root / name, folder)
        shutil.copy(root / _ENV_EXAMPLE, Path(folder) / _ENV)
        for name, files in _READ.items():
            options = [f"--file={file}" for file in files]
            command = (tool("docker-compose"), *options, "config", "--format", "json")
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            if done.returncode:
                found.append(Finding(f"{name}:1", done.stderr.strip()[-500:]))
                continue
            counts.append(len(json.loads(done.stdout)["services"]))
            found += [Finding(f"{name}:1", line) for line in done.stderr.splitlines()]
    return Checked(f"{' and '.join(map(str, counts))} services as Compose reads them", found)
