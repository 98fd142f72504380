"""Which port each process of a stack listens on: known numbers for people, free ones for all that runs beside them.

Free ports come from below the range that the kernel hands to outgoing connections, and each is reserved by a lock that
dies with its holder, so concurrent stacks never meet even though no process listens yet.
"""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from stack.errors import PortInUse

HOST = "127.0.0.1"
FIXED_NUMBERS = {
    "servicebus": 7300,
    "servicebus-http": 7301,
    "cosmos": 7302,
    "telemetry": 7303,
    "ingestor": 7310,
    "orchestrator-1": 7311,
    "orchestrator-2": 7312,
    "worker-documents": 7321,
    "worker-tabular": 7322,
    "worker-http": 7323,
    "worker-storage": 7324,
    "worker-language": 7325,
    "worker-secrets": 7326,
}
FREE_RANGE = range(20_000, 30_000)


class Ports(Protocol):
    """Gives each name one port, the same whenever asked."""

    def __getitem__(self, name: str) -> int:
        """Return the port of this name; raises PortInUse if it cannot be had."""
        ...

    def release(self) -> None:
        """Give the ports back, once nothing listens on them any more."""
        ...


class FixedPorts:
    """The ports of `make up`, which people keep in their bookmarks."""

    def __getitem__(self, name: str) -> int:
        """Return the number if nothing listens on it."""
        port = FIXED_NUMBERS[name]
        if not _is_bindable(port, reuse=1):
            raise PortInUse(f"port {port} is needed for {name}, but another program listens on it: stop that program")
        return port

    def release(self) -> None:
        """Nothing is reserved."""


class FreePorts:
    """Ports that no other stack of this machine has, reserved until released or until this process ends."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._locks: list[int] = []
        self._candidates = _shuffled_once()
        self._folder = Path(tempfile.gettempdir()) / f"durable-orchestrator-ports-{os.getuid()}"

    def __getitem__(self, name: str) -> int:
        """Return the port of this name, reserving one when first asked."""
        if name not in self._numbers:
            self._numbers[name] = self._reserve()
        return self._numbers[name]

    def release(self) -> None:
        """Let other stacks have the ports."""
        while self._locks:
            os.close(self._locks.pop())
        self._numbers.clear()

    def _reserve(self) -> int:
        self._folder.mkdir(exist_ok=True)
        for port in self._candidates:
            lock = os.open(self._folder / str(port), os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            if _is_bindable(port, reuse=0):
                self._locks.append(lock)
                return port
            os.close(lock)
        raise PortInUse(f"no port from {FREE_RANGE.start} to {FREE_RANGE.stop - 1} is free")


def _shuffled_once() -> Iterator[int]:
    # A random start keeps a late client of an earlier stack from meeting a new one on the same port.
    start = random.randrange(len(FREE_RANGE))
    return (FREE_RANGE[(start + offset) % len(FREE_RANGE)] for offset in range(len(FREE_RANGE)))


def _is_bindable(port: int, *, reuse: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
