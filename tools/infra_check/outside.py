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

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "infra/requirements-infra.txt"
VENV = ROOT / ".venv-infra"


class ToolFailed(Exception):
    """A tool can't be installed, or gives no answer; says why."""


def tool(name: str) -> str:
    """Give the path of a tool, and install all of them first unless they are there.

    Raises:
        ToolFailed: they can't be installed.
    """
    wanted = _stamp()
    VENV.mkdir(exist_ok=True)
    with (VENV / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = VENV / ".setup-stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            _install()
            stamp.write_text(wanted)
    return str(VENV / "bin" / name)


def answer_of(root: Path, *command: str) -> str:
    """Run a tool in the project at `root`, and give what it prints, whatever its exit code says.

    Raises:
        ToolFailed: it prints nothing and fails, or can't be installed.
    """
    program, *arguments = command
    done = subprocess.run(
        (tool(program), *arguments), cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if not done.stdout and done.returncode:
        raise ToolFailed(f"{program} gave no answer and ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def python_json(root: Path, script: str, *arguments: str) -> Any:
    """Run a script with what is installed there, and give the JSON that it prints."""
    return json.loads(answer_of(root, "python", "-c", script, *arguments))


def _stamp() -> str:
    inputs = f"{ROOT} {sys.version_info[:2]}".encode() + LISTED.read_bytes()
    return hashlib.sha256(inputs).hexdigest()


def _install() -> None:
    print(f"Installing the tools of {LISTED.name} in {VENV.name} (a minute when nothing is cached) ...", flush=True)
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV))
    _run(uv, "pip", "sync", "--quiet", "--python", str(VENV / "bin" / "python"), str(LISTED))


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolFailed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
