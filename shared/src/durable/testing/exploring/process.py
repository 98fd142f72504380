"""Processes that can die, sleep and be born again, and the trace of what they do.

1. A dead process does nothing more: its tasks are cancelled, and whatever they still try meets `Dead`.
2. A process that sleeps does so at its next call of a port, in all its tasks, and its locks expire meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from durable.errors import BrokerUnavailable, TransientError, WriteUncertain
from durable.testing.exploring.faults import FITTING, Fault

T = TypeVar("T")

LOCKS_EXPIRE_AFTER = 30.0
SLEEP = 60.0
_OF_THE_STORE = frozenset({"write", "read"})
LIFE: ContextVar[Life | None] = ContextVar("LIFE", default=None)


class Dead(BaseException):
    """The process is no more; like SIGKILL, no code may handle it."""


@dataclass(slots=True)
class Call:
    """One call of a port, as the trace tells it.

    Attributes:
        kind: what fits it, one of `FITTING`.
        what: says what was called, when somebody wants to read it.
        fits: which faults would make a difference here.
    """

    process: str
    number: int
    at: float
    kind: str
    what: Callable[[], str]
    fits: frozenset[Fault]
    fault: Fault | None


@dataclass(slots=True)
class Process:
    """One process over all its lives.

    Attributes:
        plan: which fault hits which of its calls.
        on_sleep: called when it falls asleep.
    """

    name: str
    plan: Mapping[int, Fault]
    trace: list[Call]
    on_sleep: Callable[[Process], None]
    calls: int = 0

    def record(self, kind: str, what: Callable[[], str]) -> Call:
        """Note a call that is about to be made."""
        self.calls += 1
        at = asyncio.get_running_loop().time()
        fault = self.plan.get(self.calls)
        if fault not in FITTING[kind] and fault is not Fault.REORDERED:
            fault = None
        call = Call(self.name, self.calls, at, kind, what, FITTING[kind], fault)
        self.trace.append(call)
        return call


@dataclass(slots=True, eq=False)
class Life:
    """One life of a process.

    Attributes:
        died: set when it has died.
        tasks: everything that runs in it.
        locks: give back what it has locked, as a broker does when a connection or a lock is gone.
    """

    process: Process
    died: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    locks: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    awake_at: float = 0.0

    async def call(self, kind: str, what: Callable[[], str], do: Callable[[Call], Awaitable[T]]) -> T:
        """Make one call of a port, with what the plan has for it; `do` is told for what only it can do."""
        self.check()
        call = self.process.record(kind, what)
        lost = WriteUncertain if kind in _OF_THE_STORE else BrokerUnavailable
        await self._before(call.fault, lost)
        result = await do(call)
        await self._after(call.fault, lost)
        return result

    def check(self) -> None:
        """Raise `Dead` if the process is no more."""
        if self.died.is_set():
            raise Dead

    def die(self) -> None:
        """End this life."""
        self.died.set()

    async def rest(self, span: timedelta) -> None:
        """Let time pass in this life."""
        await asyncio.sleep(span.total_seconds())
        self.check()

    async def give_back(self) -> None:
        """Let go of everything locked."""
        locks, self.locks = self.locks, []
        for release in locks:
            await release()

    async def _before(self, fault: Fault | None, lost: type[TransientError]) -> None:
        if fault is Fault.DIES_BEFORE:
            self.die()
        elif fault is Fault.SLEEPS_BEFORE:
            self._sleep()
        elif fault is Fault.LOCK_LOST:
            await self.give_back()
        await self._awake()
        if fault is Fault.REFUSED:
            raise lost("made to fail")

    async def _after(self, fault: Fault | None, lost: type[TransientError]) -> None:
        if fault is Fault.DIES_AFTER:
            self.die()
        elif fault is Fault.SLEEPS_AFTER:
            self._sleep()
        await self._awake()
        if fault is Fault.ANSWER_LOST:
            raise lost("the answer was made to be lost")

    def _sleep(self) -> None:
        loop = asyncio.get_running_loop()
        self.awake_at = loop.time() + SLEEP
        loop.call_later(LOCKS_EXPIRE_AFTER, lambda: loop.create_task(self.give_back()))
        self.process.on_sleep(self.process)

    async def _awake(self) -> None:
        self.check()
        span = self.awake_at - asyncio.get_running_loop().time()
        if span > 0:
            await asyncio.sleep(span)
            self.check()
