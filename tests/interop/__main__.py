"""`make interop`: clients of other families against both endpoints.

Installs them into `.local/interop` (a virtual environment, and packages of Node), starts the endpoints in this process,
plays each client in a process of its own, and prints a table. Exit code 1 if something failed, 2 if a client could not
be installed: the line says what is missing.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.interop.stage import staged

HERE = Path(__file__).parent
HOME = Path(".local/interop").resolve()
NODE_OLDEST = 20


class Client(NamedTuple):
    """A client: how it is called, with its version, and what plays it."""

    name: str
    command: list[str]


class Missing(Exception):
    """Something is not there that a client needs."""


def installed() -> list[Client]:
    """Install what is not installed yet, and give the clients."""
    HOME.mkdir(parents=True, exist_ok=True)
    versions = json.loads((HERE / "package.json").read_text())["dependencies"]
    proton = (HERE / "requirements.txt").read_text().strip()
    node = _node_packages()
    return [
        Client(proton.replace("==", " "), [str(_python_packages()), str(HERE / "clients/proton_client.py")]),
        *(
            Client(f"{package} {versions[package]}", [node, str(HERE / "clients" / script)])
            for package, script in (
                ("rhea", "rhea.mjs"),
                ("@azure/service-bus", "service_bus.mjs"),
                ("@azure/cosmos", "cosmos.mjs"),
            )
        ),
    ]


def _python_packages() -> Path:
    python = HOME / "venv/bin/python"
    if _is_current("venv", HERE / "requirements.txt"):
        return python
    if shutil.which("cc") is None:
        raise Missing("a C compiler, for python-qpid-proton. Debian: apt-get install gcc python3-dev libssl-dev")
    _run([sys.executable, "-m", "venv", str(HOME / "venv")], "python3-venv")
    hint = "the headers of Python and OpenSSL. Debian: apt-get install python3-dev libssl-dev pkg-config"
    _run([str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")], hint)
    _stamp("venv", HERE / "requirements.txt")
    return python


def _node_packages() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing(f"node {NODE_OLDEST} or newer, and npm. Debian: apt-get install nodejs npm")
    if not _is_current("node_modules", HERE / "package.json"):
        shutil.copy(HERE / "package.json", HOME / "package.json")
        flags = ["--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        _run([npm, "install", *flags, "--prefix", str(HOME)], "the packages of tests/interop/package.json")
        _stamp("node_modules", HERE / "package.json")
    return node


def _is_current(name: str, wanted: Path) -> bool:
    stamp = HOME / f"{name}.stamp"
    return stamp.exists() and stamp.read_bytes() == wanted.read_bytes()


def _stamp(name: str, wanted: Path) -> None:
    shutil.copy(wanted, HOME / f"{name}.stamp")


def _run(command: list[str], needs: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise Missing(f"{needs} ({' '.join(command)} failed)")


async def _played(client: Client, known: dict[str, str]) -> list[tuple[str, bool, str]]:
    process = await asyncio.create_subprocess_exec(
        *client.command,
        env={**os.environ, **known, "MODULES": str(HOME)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaints = await process.communicate()
    lines = [json.loads(line) for line in told.decode().splitlines() if line.startswith("{")]
    results = [(line["name"], line["passed"], line["detail"]) for line in lines]
    if process.returncode != 0 or not results:
        last = complaints.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        results.append(("plays to its end", False, last[0][:300]))
    return results


async def _play(clients: list[Client]) -> int:
    failures = 0
    with tempfile.TemporaryDirectory(prefix="interop-") as folder:
        async with staged(Path(folder)) as known:
            for client in clients:
                print(f"\n{client.name}", flush=True)
                for name, passed, detail in await _played(client, known):
                    failures += not passed
                    print(f"  {'pass' if passed else 'FAIL'}  {name}{f' ({detail})' if detail else ''}", flush=True)
    print(f"\n{failures} failed" if failures else "\nall passed")
    return int(failures > 0)


def main() -> int:
    """Install and play; gives the exit code."""
    try:
        clients = installed()
    except Missing as missing:
        print(f"make interop needs {missing}", file=sys.stderr)
        return 2
    return asyncio.run(_play(clients))


if __name__ == "__main__":
    sys.exit(main())
