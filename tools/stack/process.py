"""What the launcher needs to know of a process: how to start it, when it is ready, and what it needs before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class TcpReady:
    """Ready once something accepts connections on this port of the loopback interface."""

    port: int


@dataclass(frozen=True, slots=True)
class HttpReady:
    """Ready once `GET path` on this port of the loopback interface answers 200."""

    port: int
    path: str = "/health/ready"


@dataclass(frozen=True, slots=True)
class CommandReady:
    """Ready once this command ends with exit code 0."""

    argv: tuple[str, ...]


Ready: TypeAlias = TcpReady | HttpReady | CommandReady


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a stack; `env` is laid over the launcher's own environment, and `url` is where people reach it."""

    name: str
    argv: tuple[str, ...]
    ready: Ready
    url: str
    env: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
