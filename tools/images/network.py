"""Networks of containers: a namespace for each, joined by a bridge; names lead to addresses by a file of hosts.

Nothing leads out of the bridge: what runs there reaches its like and this machine alone.
"""

import fcntl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from images.errors import ImagesError

_BRIDGE = "durable0"
_PREFIX = "durable-"
_SUBNET = "10.213.77"
_LOCK = Path("/run/durable-images.lock")


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses of containers by their names, and the file that tells them."""

    addresses: dict[str, str]
    hosts: Path

    def namespace(self, name: str) -> str:
        """Give the namespace of a container."""
        return f"{_PREFIX}{name}"


@contextmanager
def network_of(names: Sequence[str], hosts: Path) -> Iterator[Network]:
    """Give containers of these names a network for the length of a block; whatever still runs in it then is killed.

    Raises:
        ImagesError: the kernel has no such networks, or another run has one.
    """
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImagesError(f"another make images runs on this machine: {_LOCK} is held") from None
        _clear()  # A run that was killed has left its own behind.
        addresses = {name: f"{_SUBNET}.{number}" for number, name in enumerate(names, start=2)}
        hosts.write_text("".join(f"{ip} {name}\n" for name, ip in [("localhost", "127.0.0.1"), *addresses.items()]))
        try:
            _ip("link", "add", _BRIDGE, "type", "bridge")
            _ip("address", "add", f"{_SUBNET}.1/24", "dev", _BRIDGE)
            _ip("link", "set", _BRIDGE, "up")
            for number, (name, address) in enumerate(addresses.items()):
                _join(f"{_PREFIX}{name}", f"durable-{number}", address)
            yield Network(addresses, hosts)
        finally:
            _clear()


def _join(namespace: str, outside: str, address: str) -> None:
    _ip("netns", "add", namespace)
    _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    _ip("link", "set", outside, "master", _BRIDGE, "up")
    _ip("-netns", namespace, "address", "add", f"{address}/24", "dev", "eth0")
    for device in ("lo", "eth0"):
        _ip("-netns", namespace, "link", "set", device, "up")


def _clear() -> None:
    for line in _ip("netns", "list").splitlines():
        namespace = line.split()[0]
        if namespace.startswith(_PREFIX):
            for pid in _ip("netns", "pids", namespace).split():
                subprocess.run(("kill", "-KILL", pid), stderr=subprocess.DEVNULL, check=False)
            _ip("netns", "delete", namespace)
    subprocess.run(("ip", "link", "delete", _BRIDGE), stderr=subprocess.DEVNULL, check=False)


def _ip(*arguments: str) -> str:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImagesError(f"expected networks for containers: ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
