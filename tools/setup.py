"""Prepare `.venv` for the workspace: what `make setup` runs before everything else.

Rules for this file:

1. It parses under Python 3.6 and imports the standard library only, so that a Python too old gets one clear line.
2. The stamp is written last. An interrupted setup leaves none, and an environment without one is rebuilt from nothing.
3. An environment that is up to date costs one digest of a few small files, so every other target may depend on it.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
UV = "uv==0.13.9"
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".setup-stamp"
PYTHON = VENV / "bin" / "python"
LOCK_FILE = ROOT / "requirements.lock"
MEMBERS = ("shared", "services/ingestor", "services/orchestrator", "services/workers/*", "emulators")


def main() -> None:
    """Bring `.venv` up to date, or exit with one line that says what is missing."""
    refuse_old_python()
    if is_current():
        return
    with Path(__file__).open() as this_file:
        fcntl.fcntl(this_file, fcntl.F_SETFD, 0)  # Steps that outlive a killed setup go on holding the lock.
        fcntl.flock(this_file, fcntl.LOCK_EX)  # Two targets started at once: the second waits and finds the work done.
        if not is_current():
            prepare()


def refuse_old_python() -> None:
    """Exit with one line if this interpreter is older than the workspace needs."""
    if sys.version_info[:2] >= OLDEST:
        return
    newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if runs(name)]
    advice = f"run: make PYTHON={newer[0]}" if newer else "install it (e.g. python3.11) and run: make PYTHON=python3.11"
    sys.exit(f"DurableOrchestrator needs Python 3.11 or newer and found {version()} ({sys.executable}); {advice}")


def runs(name: str) -> bool:
    """Tell whether a command exists and starts (a version manager's shim may exist and refuse)."""
    if shutil.which(name) is None:
        return False
    silent = subprocess.DEVNULL
    return subprocess.call([name, "-c", ""], stdin=silent, stdout=silent, stderr=silent) == 0


def version() -> str:
    """Return this interpreter's version as people write it."""
    return ".".join(str(part) for part in sys.version_info[:3])


def members() -> "list[Path]":
    """Return the folders of the workspace's packages, in a stable order."""
    return [
        folder for pattern in MEMBERS for folder in sorted(ROOT.glob(pattern)) if (folder / "pyproject.toml").exists()
    ]


def fingerprint() -> str:
    """Return a digest of all that the environment is made from, its own place included (editables point there)."""
    digest = hashlib.sha256(f"{ROOT} {version()}".encode())
    for path in (Path(__file__), LOCK_FILE, *(folder / "pyproject.toml" for folder in members())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Tell whether a finished setup with exactly these inputs stands in `.venv`."""
    return STAMP.exists() and PYTHON.exists() and STAMP.read_text() == environment_stamp()


def environment_stamp() -> str:
    """Return what the stamp of an up-to-date environment holds: the Python line tells when to start anew."""
    return f"{ROOT} python {version()}\n{fingerprint()}\n"


def prepare() -> None:
    """Build or update the environment; the stamp is away until the end."""
    stamp = environment_stamp()
    is_reusable = STAMP.exists() and PYTHON.exists() and STAMP.read_text().splitlines()[:1] == stamp.splitlines()[:1]
    if STAMP.exists():
        STAMP.unlink()
    if not is_reusable:
        create_venv()
    listed = VENV / "requirements.txt"
    editables = "".join(f"--editable ./{folder.relative_to(ROOT)}\n" for folder in members())
    listed.write_text(f"{UV}\n{LOCK_FILE.read_text()}{editables}")
    print("Installing the locked packages (a minute or two when nothing is cached) ...", flush=True)
    uv = str(VENV / "bin" / "uv")
    run("install the packages", uv, "pip", "sync", "--quiet", "--python", str(PYTHON), str(listed))
    STAMP.write_text(stamp)


def create_venv() -> None:
    """Create `.venv` from nothing, with the pinned uv in it."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        package = "python{}.{}-venv".format(*sys.version_info)
        sys.exit(
            f"DurableOrchestrator needs Python's {' and '.join(missing)}, which {sys.executable} lacks; "
            f"install the package {package} (Debian, Ubuntu) or use another Python: make PYTHON=/path/to/python3",
        )
    print(f"Creating .venv with Python {version()} ...", flush=True)
    interpreter = os.path.realpath(sys.executable)  # Not through `.venv` itself, which is about to be cleared.
    run("create .venv", interpreter, "-m", "venv", "--clear", str(VENV))
    run("install uv", str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", UV)


def run(purpose: str, *command: str) -> None:
    """Run one step to its end; its own output explains a failure, the last line says what to do."""
    status = subprocess.call(command, cwd=str(ROOT), stdin=subprocess.DEVNULL, close_fds=False)
    if status != 0:
        sys.exit(
            f"Could not {purpose} (exit code {status}, see above); nothing is lost: fix the cause and run make again"
        )


if __name__ == "__main__":
    main()
