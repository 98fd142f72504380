"""An event loop in which hours pass in no time, and SDKs that believe it.

1. The loop never waits while a timer is set: it puts its time forward to the next one. Without a timer it waits for
   real, so a test that has come to a standstill is found by its time-out.
2. The SDK of Service Bus asks the clock of the machine how long it has waited. While virtual time is on, its modules
   get the time of the loop in place of that: the names `time` and `utc_now` in them mean another clock.
3. Nothing else is told: `datetime.now()` in a test is real time. Endpoints need a `LoopClock`.
"""

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")

_SDK = "azure.servicebus"


class VirtualSelector(selectors.BaseSelector):
    """Passes time instead of waiting for it; waits for real only when no timer is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = self._real.select(timeout if timeout is None else 0)
        if not events and timeout:
            self.now += timeout
        return events

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which hours pass in no time."""

    def __init__(self) -> None:
        self._virtual = VirtualSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """The virtual time, in seconds since the loop was made."""
        return self._virtual.now


class _VirtualTimeModule:
    """Module time, with the clock of an event loop."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.time = self.monotonic = now

    def time_ns(self) -> int:
        return round(self.time() * 1_000_000_000)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def virtual_sdk_time(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let the SDK of Service Bus, as far as it is imported, go by the time of a loop."""
    start = time.time() - loop.time()

    def now() -> float:
        return start + loop.time()

    def utc_now() -> datetime:
        return datetime.fromtimestamp(now(), UTC)

    names = {"time": _VirtualTimeModule(now), "utc_now": utc_now}
    modules = [module for name, module in sys.modules.items() if name.startswith(_SDK)]
    changed = [(vars(module), name) for module in modules for name in names if name in vars(module)]
    real = [(scope, name, scope[name]) for scope, name in changed if _is_a_clock(scope[name])]
    for scope, name, _ in real:
        scope[name] = names[name]
    try:
        yield
    finally:
        for scope, name, value in real:
            scope[name] = value


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a loop of its own, as `asyncio.run` does, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, virtual_sdk_time(runner.get_loop()):
        return runner.run(main)


def _is_a_clock(value: object) -> bool:
    return value is time or getattr(value, "__name__", "") == "utc_now"
