"""What all connections share, and the turn of the event loop that stores before it tells.

1. Frames are worked off as they come in; what they answer is held back.
2. At the end of the turn: time passes, messages are handed out, ONE transaction stores all changes, then every
   connection writes what it held back, in one piece.
3. If storing fails nothing is told: all connections are cut and the endpoint stops.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from emulators.entra import Entra
from emulators.servicebus.broker.broker import Broker
from emulators.servicebus.broker.changes import Changes
from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.clock import Clock
from emulators.servicebus.wire.authorization import Gatekeeper, SharedKey
from emulators.servicebus.wire.limits import Limits, Tier, limits_of
from emulators.servicebus.wire.tokens import LockTokens

if TYPE_CHECKING:
    from emulators.servicebus.faults.tampering import Tampering

CONNECTIONS_MAX = 10_000
WARN_EVERY_SECONDS = 60.0
_PLAIN = Settings()
_LOGGER = logging.getLogger(__name__)


class StoringFailed(Exception):
    """The changes could not be stored."""


class Journal(Protocol):
    """Where changes go."""

    def commit(self, changes: Changes) -> None:
        """Store all changes at once, or raise `StoringFailed` and store none."""


class Held(Protocol):
    """What has something to say at the end of the turn."""

    def flush(self) -> None:
        """Write what was held back."""


class Peer(Held, Protocol):
    """A connection, as the hub sees it."""

    def cut(self) -> None:
        """Drop the connection without a word."""

    def beat(self, now: float) -> None:
        """Keep the connection alive, or take away what is idle; `now` is the time of the event loop."""

    def let_go(self, concerned: "Concerned", refusal: Refusal) -> None:
        """Detach the links that are concerned."""


# Whether a link is concerned, by its path and by whether the endpoint sends on it.
Concerned = Callable[[str, bool], bool]


class Hub:
    """The broker, the key, the connections and the turn."""

    def __init__(
        self, broker: Broker, journal: Journal, clock: Clock, key: SharedKey, entra: Entra | None = None
    ) -> None:
        self.broker = broker
        self.clock = clock
        self.now = clock.now()
        self.key = key
        self.gatekeeper = Gatekeeper(key, entra)
        self.tokens = LockTokens()
        self.peers: set[Peer] = set()
        self.detaches_idle_links = True
        self.tier = Tier.STANDARD
        self.welcome: Callable[[Peer], None] = self.peers.add
        self.tampering: Tampering | None = None
        self.connections_max = CONNECTIONS_MAX
        self._warn_from = 0.0
        self.on_failure: Callable[[], None] = lambda: None
        self._journal = journal
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Held] = []
        self._turn_due = False
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: int | None = None
        clock.on_jump(self._on_jump)

    def limits_of(self, settings: Settings = _PLAIN) -> Limits:
        """How large the messages and batches of an entity may be."""
        return limits_of(self.tier, settings)

    def begin(self) -> None:
        """Let the time pass before anything new is worked off: what expired a moment ago can't be settled any more."""
        self.now = self.clock.now()
        self.broker.advance(self.now)
        self.schedule_turn()

    def hold(self, held: Held) -> None:
        """There is something to write at the end of the turn."""
        self._waiting.append(held)
        self.schedule_turn()

    def schedule_turn(self) -> None:
        """Something has happened."""
        if not self._turn_due:
            self._turn_due = True
            self._loop.call_soon(self.turn)

    def warn(self, text: str) -> None:
        """Log what a client might want to know, now and then: clients must not fill the log."""
        now = self.loop_time()
        if now >= self._warn_from:
            self._warn_from = now + WARN_EVERY_SECONDS
            _LOGGER.warning(text)

    def soon(self, act: Callable[[], None]) -> None:
        """Do something in the next round of the event loop: others come first."""
        self._loop.call_soon(act)

    def turn(self) -> None:
        """End the turn."""
        self._turn_due = False
        if self._stopped:
            return
        self.now = now = self.clock.now()
        self.broker.advance(now)
        self.broker.pump(now)
        if self.broker.changes:
            try:
                self._journal.commit(self.broker.changes)
            except StoringFailed:
                _LOGGER.critical("The journal can't be written; the endpoint stops.", exc_info=True)
                self._fail()
                return
            self.broker.changes.clear()
        waiting, self._waiting = self._waiting, []
        for held in waiting:
            held.flush()
        self._set_timer(now)

    def let_go(self, concerned: Concerned, refusal: Refusal) -> None:
        """Detach the links of all connections that are concerned, and say why."""
        for peer in list(self.peers):
            peer.let_go(concerned, refusal)

    @property
    def stopped(self) -> bool:
        """Whether there will be no further turn."""
        return self._stopped

    def loop_time(self) -> float:
        """The time of the event loop: it measures silence, and knows nothing of a clock that jumps."""
        return self._loop.time()

    def beat(self) -> None:
        """Look after every connection: keep it alive, or take away what is idle or no longer allowed."""
        now = self.loop_time()
        for peer in list(self.peers):
            peer.beat(now)

    def stop(self) -> None:
        """Cut all connections; there will be no further turn."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for peer in list(self.peers):
            peer.cut()

    def _on_jump(self) -> None:
        self.now = self.clock.now()
        self.beat()
        self.turn()

    def _fail(self) -> None:
        self._waiting.clear()
        self.stop()
        self.on_failure()

    def _set_timer(self, now: int) -> None:
        at = self.broker.next_at()
        if at == self._timer_at and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = None if at is None else self._loop.call_later(max(0, at - now) / 1000, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.turn()
