import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import HttpReady, Ports, Process, Services

TINY_SERVICE = Path(__file__).parents[1] / "unit" / "tools" / "tiny_service.py"


@dataclass(frozen=True, slots=True)
class Tiny:
    name: str
    options: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


def journal_of(folder: Path) -> list[str]:
    path = folder / "journal"
    return path.read_text().splitlines() if path.exists() else []


def tiny_services(*wanted: Tiny) -> Services:
    def services(folder: Path, ports: Ports) -> tuple[Process, ...]:
        return tuple(_process(tiny, folder, ports) for tiny in wanted)

    return services


def _process(tiny: Tiny, folder: Path, ports: Ports) -> Process:
    port = ports[tiny.name]
    journal = str(folder / "journal")
    return Process(
        name=tiny.name,
        argv=(sys.executable, "-SE", str(TINY_SERVICE), tiny.name, str(port), journal, *tiny.options),
        ready=HttpReady(port),
        url=f"http://127.0.0.1:{port}",
        depends_on=tiny.depends_on,
    )


def script_services(name: str, script: str) -> Services:
    def services(folder: Path, ports: Ports) -> tuple[Process, ...]:
        port = ports[name]
        return (Process(name, (sys.executable, "-SE", "-c", script), HttpReady(port), f"http://127.0.0.1:{port}"),)

    return services


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return not _is_zombie(pid)
    except (ProcessLookupError, FileNotFoundError):
        return False


def _is_zombie(pid: int) -> bool:
    return sys.platform == "linux" and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)
