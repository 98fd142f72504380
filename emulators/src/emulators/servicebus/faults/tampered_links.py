"""Links that ask for faults before anything happens; see `tampered.py` for the rules."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from emulators.servicebus.amqp.performatives import Attach, Transfer
from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.faults.happening import Happening, Place
from emulators.servicebus.wire import outcomes
from emulators.servicebus.wire.answers import MANAGEMENT_SUFFIX, address_of, path_of
from emulators.servicebus.wire.attaching import kind_of
from emulators.servicebus.wire.hub import Hub
from emulators.servicebus.wire.incoming import IncomingLink
from emulators.servicebus.wire.messages import contents
from emulators.servicebus.wire.outgoing import MessageLink, ResponseLink
from emulators.servicebus.wire.requests import Node, read_request, refuse_request
from emulators.servicebus.wire.session import Link, Session

if TYPE_CHECKING:
    from emulators.servicebus.faults.tampered import TamperedConnection, TamperedSession
    from emulators.servicebus.faults.tampering import Tampering

_PREFIX = "com.microsoft:"


def tampering_of(hub: Hub) -> "Tampering":
    """What asks for faults."""
    assert hub.tampering is not None
    return hub.tampering


def place_of(request: Attach, session_id: str | None = None) -> Place | None:
    """Where a link belongs; None for the token node."""
    path = path_of(address_of(request.source if request.role else request.target))
    kind = kind_of(path)
    if kind == "token":
        return None
    if kind == "management":
        return Place(entity=path[: -len(MANAGEMENT_SUFFIX)], link="management")
    return Place(entity=path, link="receiver" if request.role else "sender", session=session_id)


class TamperedIncomingLink(IncomingLink):
    """A link whose transfers can be refused, or whose answers lost."""

    def grant(self) -> None:
        """Tell the peer that it may send, unless credit is withheld."""
        place = place_of(self.request)
        if place is None or place.link != "sender":
            super().grant()
            return
        proceed = partial(IncomingLink.grant, self)
        tampering_of(self._session.hub).meet(Happening(at="credit", place=place, proceed=proceed, link=self))

    def _complete(self, first: Transfer, payload: bytes, size: int) -> None:
        tampering = tampering_of(self._session.hub)
        place = place_of(self.request)
        if place is None:
            super()._complete(first, payload, size)
            return
        proceed = partial(super()._complete, first, payload, size)
        try:
            found = tampering.entity(place.entity)
            if place.link == "management":
                happening = self._request(place, first, payload, proceed)
            else:
                happening = self._message(place, first, (payload, size), proceed)
        except Refusal:
            proceed()
            return
        with tampering.watching_schedules(found):
            tampering.meet(happening)

    def _message(
        self, place: Place, first: Transfer, message: tuple[bytes, int], proceed: Callable[[], None]
    ) -> Happening:
        session, number = self._session, first.delivery_id or 0
        payload, size = message
        mute = first._replace(settled=True)

        def done() -> bytes:
            state = self._outcome(first, payload, size)
            self._conclude(mute, state)
            return state

        return Happening(
            at="transfer",
            place=Place(entity=place.entity, link=place.link, session=_session_id(payload, first)),
            proceed=proceed,
            connection=connection_of(session),
            session=_tampered(session),
            link=self,
            untold=lambda: partial(session.tell_outcome, number, done()),
            refuse=lambda refusal: self._conclude(first, outcomes.rejected_state(refusal)),
            coalesce=lambda delay: tampering_of(session.hub).ranges.add(
                session, number, done(), from_receiver=True, delay=delay
            ),
        )

    def _request(self, place: Place, first: Transfer, payload: bytes, proceed: Callable[[], None]) -> Happening:
        session, tampering = self._session, tampering_of(self._session.hub)
        request = read_request(payload)
        body: dict[object, object] = request.body if isinstance(request.body, dict) else {}
        named = body.get("session-id")

        def refuse(refusal: Refusal) -> None:
            self._conclude(first, outcomes.ACCEPTED_STATE)
            refuse_request(Node(session, place.entity + MANAGEMENT_SUFFIX), request, refusal)

        found = tampering.entity(place.entity)
        return Happening(
            at="request",
            place=Place(
                entity=place.entity,
                link=place.link,
                session=named if isinstance(named, str) else None,
                operation=str(request.properties.get("operation")).removeprefix(_PREFIX),
            ),
            proceed=proceed,
            connection=connection_of(session),
            session=_tampered(session),
            link=self,
            queue=found if isinstance(found, Queue) else None,
            untold=lambda: tampering.capture(proceed),
            refuse=refuse,
        )


class TamperedMessageLink(MessageLink):
    """A link whose deliveries can be delayed, repeated, reordered or lost."""

    def deliver(self, message: Message) -> None:
        """Send a message to the receiver, or let a fault have it."""
        tampering = tampering_of(self._session.hub)
        happening = Happening(
            at="delivery",
            place=Place(entity=self.queue.name, link="receiver", session=message.content.session_id),
            proceed=partial(self.deliver_still, message, message.lock_id),
            connection=connection_of(self._session),
            session=_tampered(self._session),
            link=self,
            queue=self.queue,
            lock_id=message.lock_id,
        )
        tampering.meet(happening)
        tampering.reordering.passed(self)

    def deliver_still(self, message: Message, lock_id: int) -> None:
        """Send a message, unless its lock or this link has gone in the meantime; then its credit is given back."""
        if self._session.links.get(self.request.handle) is not self:
            return
        if message.lock_id == lock_id:
            MessageLink.deliver(self, message)
        else:
            self.return_credit()


class TamperedResponseLink(ResponseLink):
    """A link whose responses can be lost or delayed."""

    def respond(self, payload: bytes) -> None:
        """Send a response, or keep it for whoever captures responses."""
        captured = tampering_of(self._session.hub).captured
        if captured is None:
            super().respond(payload)
        else:
            captured.append(partial(ResponseLink.respond, self, payload))


_TAMPERED: dict[type[Any], type[Any]] = {
    IncomingLink: TamperedIncomingLink,
    MessageLink: TamperedMessageLink,
    ResponseLink: TamperedResponseLink,
}
_PLAIN = {tampered: plain for plain, tampered in _TAMPERED.items()}


def tamper(link: Link) -> Link:
    """Give a link the class that asks for faults."""
    link.__class__ = _TAMPERED.get(type(link), type(link))
    return link


def restore(link: Link) -> None:
    """Give a link its own class back."""
    link.__class__ = _PLAIN.get(type(link), type(link))


def connection_of(session: Session) -> "TamperedConnection":
    """The connection of a session, which is tampered with like everything else."""
    return cast("TamperedConnection", session.connection)


def _tampered(session: Session) -> "TamperedSession":
    return cast("TamperedSession", session)


def _session_id(payload: bytes, first: Transfer) -> str | None:
    try:
        found = contents(payload, first.message_format or 0)
    except Refusal:
        return None
    return found[0].session_id if found else None
