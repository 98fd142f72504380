"""An answer over HTTP waits, like every other, until what it tells of is stored."""

import asyncio

from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.wire.hub import Concerned, Hub


class NotStored(Exception):
    """The endpoint stops, since it can't store any more."""


class _Waiting:
    """A peer of the hub for as long as one request waits."""

    def __init__(self) -> None:
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def flush(self) -> None:
        if not self.stored.done():
            self.stored.set_result(None)

    def cut(self) -> None:
        if not self.stored.done():
            self.stored.set_exception(NotStored())

    def beat(self, now: float) -> None:
        """There is nobody to keep alive."""

    def let_go(self, concerned: Concerned, refusal: Refusal) -> None:
        """There are no links."""


async def stored(hub: Hub) -> None:
    """Return once everything that has happened so far is stored; raises `NotStored`."""
    if hub.stopped:
        raise NotStored
    waiting = _Waiting()
    hub.peers.add(waiting)
    hub.hold(waiting)
    try:
        await waiting.stored
    finally:
        hub.peers.discard(waiting)
