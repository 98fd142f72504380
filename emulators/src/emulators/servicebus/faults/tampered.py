"""Connections, sessions and links that ask for faults before anything happens.

1. Each is a class of the same layout as the one it stands for, and takes its place while faults are set: the object
   stays, its class changes. Without faults nothing of this is ever called.
2. A method here makes a `Happening` of what its parent would do, and gives it to the `Tampering`.
3. The token node is left alone: nobody can tell its failures from a bad key.
"""

from functools import partial

from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.performatives import Attach, Disposition, Performative, read_performative
from emulators.servicebus.amqp.values import Described
from emulators.servicebus.faults.happening import Happening, Place, Tell
from emulators.servicebus.faults.tampered_links import connection_of, place_of, restore, tamper, tampering_of
from emulators.servicebus.wire import outcomes
from emulators.servicebus.wire.connection import Connection
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Link, Session


class TamperedConnection(Connection):
    """A connection that can be dropped between two frames."""

    def adopt(self) -> None:
        """Take in sessions that are not tampered with yet, with their links."""
        for session in self._sessions.values():
            session.__class__ = TamperedSession
            for link in session.links.values():
                tamper(link)

    def restore(self) -> None:
        """Make everything what it was."""
        for session in self._sessions.values():
            for link in session.links.values():
                restore(link)
            session.__class__ = Session
        plain: Connection = self
        plain.__class__ = Connection

    def all_links(self) -> list[tuple[Session, Link]]:
        """All links, each with its session."""
        return [(session, link) for session in self._sessions.values() for link in session.links.values()]

    def mark(self) -> int:
        """How much is held back; for `end_here`."""
        return len(self._held)

    def end_here(self, mark: int | None = None) -> None:
        """Say what was held back before the mark, or everything, and no more; then close without a word."""
        if mark is not None:
            del self._held[mark:]
        self.send(b"")
        self._closing = True
        self.__class__ = _SilencedConnection

    def _on_frame(self, kind: int, channel: int, body: bytes) -> None:
        performative, _ = read_performative(body)
        happening = Happening(
            at="frame",
            place=Place(frame=type(performative).__name__.lower()),
            proceed=partial(super()._on_frame, kind, channel, body),
            connection=self,
        )
        tampering_of(self.hub).meet(happening)
        self.adopt()


class _SilencedConnection(TamperedConnection):
    """A connection that is about to close and says no more."""

    def send(self, data: bytes) -> None:
        """Say nothing."""


class TamperedSession(Session):
    """A session that can refuse links, and lose or delay what is said of a settling."""

    def on_frame(self, performative: Performative, payload: bytes) -> None:
        """Work off one frame of this session."""
        proceed = partial(super().on_frame, performative, payload)
        place = place_of(performative) if isinstance(performative, Attach) else None
        if place is None or not isinstance(performative, Attach):
            proceed()
            return
        refuse = partial(self.refuse, performative)
        tampering_of(self.hub).meet(
            Happening(
                at="attach",
                place=place,
                proceed=proceed,
                refuse=refuse,
                connection=connection_of(self),
                session=self,
            )
        )

    def _open(self, attach: Attach) -> Link:
        return tamper(super()._open(attach))

    def _settle(self, disposition: Disposition, number: int, link: MessageLink, lock_id: int) -> None:
        tampering = tampering_of(self.hub)

        def untold() -> Tell:
            return partial(self._confirm, disposition, number, link.settle(lock_id, disposition.state))

        happening = Happening(
            at="disposition",
            place=Place(entity=link.queue.name, link="receiver", session=link.session_id),
            proceed=partial(super()._settle, disposition, number, link, lock_id),
            connection=connection_of(self),
            session=self,
            link=link,
            queue=link.queue,
            lock_id=lock_id,
            untold=untold,
            refuse=lambda refusal: self._confirm(disposition, number, outcomes.rejected_state(refusal)),
            unapplied=lambda: partial(self._confirm, disposition, number, _echo(disposition.state)),
            coalesce=lambda delay: tampering.ranges.add(
                self, number, link.settle(lock_id, disposition.state), from_receiver=False, delay=delay
            ),
        )
        tampering.meet(happening)


def _echo(state: Described | None) -> bytes:
    """The state that tells a receiver of its success."""
    if state is None or state.descriptor == outcomes.REJECTED:
        return encode(Described(outcomes.RELEASED if state is None else outcomes.REJECTED, []))
    return encode(state)
