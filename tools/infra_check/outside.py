"""The tools that are not the project's own: `.venv-infra`, an environment for them alone, made when it is needed.

1. They don't share `.venv`: checkov pins old versions of what the services use.
2. The stamp is written last. An interrupted installation leaves none, and is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LISTED = Path("infra/requirements-infra.txt")
VENV = ".venv-infra"


class NotInstalled(Exception):
    """The tools can't be installed; says why."""


def tool(root: Path, name: str) -> str:
    """Give the path of a tool, and install all of them first unless they are there.

    Raises:
        NotInstalled: they can't be installed.
    """
    venv = root / VENV
    wanted = _stamp(root)
    venv.mkdir(exist_ok=True)
    with (venv / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = venv / ".setup-stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            _install(root, venv)
            stamp.write_text(wanted)
    return str(venv / "bin" / name)


def python_json(root: Path, script: str, *arguments: str) -> Any:
    """Run a script with what is installed there, and give the JSON that it prints."""
    command = (tool(root, "python"), "-c", script, *arguments)
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _stamp(root: Path) -> str:
    inputs = f"{root} {sys.version_info[:2]}".encode() + (root / LISTED).read_bytes()
    return hashlib.sha256(inputs).hexdigest()


def _install(root: Path, venv: Path) -> None:
    print(f"Installing the tools of {LISTED} in {VENV} (a minute when nothing is cached) ...", flush=True)
    uv = str(Path(sys.executable).with_name("uv"))
    python = ("--python", str(venv / "bin" / "python"))
    _run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(venv))
    _run(uv, "pip", "sync", "--quiet", *python, str(root / LISTED))


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
