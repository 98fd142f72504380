"""What each fault does to what is about to happen: one function for each kind.

What a delivery brings about waits until the turn is over: messages are being handed out at that moment.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulators.servicebus.broker.content import DeadLetter as Reason
from emulators.servicebus.faults import kinds
from emulators.servicebus.faults.at_once import expire_lock, expire_session, hasten, on_demand, steal_session
from emulators.servicebus.faults.happening import Happening
from emulators.servicebus.faults.later import Action
from emulators.servicebus.faults.tampered_links import TamperedIncomingLink
from emulators.servicebus.wire.outgoing import MessageLink, ResponseLink

if TYPE_CHECKING:
    from emulators.servicebus.faults.tampering import Tampering


def act(tampering: "Tampering", fault: kinds.ServiceBusFault, happening: Happening) -> None:
    """Let a fault have what is about to happen."""
    _ACTS[type(fault)](tampering, fault, happening)


def _drop(_: "Tampering", fault: kinds.DropConnection, happening: Happening) -> None:
    connection = happening.connection
    assert connection is not None
    if fault.when == "before":
        connection.end_here()
        return
    mark = connection.mark()
    happening.proceed()
    connection.end_here(None if happening.at == "delivery" else mark)


def _detach(tampering: "Tampering", fault: kinds.DetachLink, happening: Happening) -> None:
    session, link = happening.session, happening.link
    assert session is not None
    assert link is not None
    if fault.when == "after":
        happening.proceed()
    _outside_a_delivery(
        tampering, happening, lambda: session.detach(link.request.handle, on_demand(fault, fault.condition))
    )


def _expire_lock(tampering: "Tampering", _: kinds.ExpireLock, happening: Happening) -> None:
    queue, lock_id = happening.queue, happening.lock_id
    assert queue is not None
    _before_or_after(tampering, happening, lambda: expire_lock(queue, lock_id))


def _expire_session(tampering: "Tampering", fault: kinds.ExpireSessionLock, happening: Happening) -> None:
    queue, session_id = happening.queue, happening.place.session
    if queue is None or session_id is None:
        happening.proceed()
        return
    _before_or_after(tampering, happening, lambda: expire_session(tampering, queue, session_id, silent=fault.silent))


def _steal_session(tampering: "Tampering", fault: kinds.StealSession, happening: Happening) -> None:
    queue, session_id = happening.queue, happening.place.session
    if queue is None or session_id is None:
        happening.proceed()
        return
    _before_or_after(tampering, happening, lambda: steal_session(tampering, queue, session_id, fault))


def _refuse(_: "Tampering", fault: kinds.Refuse, happening: Happening) -> None:
    happening.refuse(on_demand(fault, fault.condition))


def _throttle(_: "Tampering", fault: kinds.Throttle, happening: Happening) -> None:
    happening.refuse(on_demand(fault, kinds.SERVER_BUSY))


def _lose_answer(_: "Tampering", __: kinds.LoseAnswer, happening: Happening) -> None:
    happening.untold()


def _delay_answer(tampering: "Tampering", fault: kinds.DelayAnswer, happening: Happening) -> None:
    tampering.later.after(fault.delay, happening.untold())


def _lose_settle(_: "Tampering", fault: kinds.LoseSettle, happening: Happening) -> None:
    tell = happening.unapplied()
    if fault.answered:
        tell()


def _delay_delivery(tampering: "Tampering", fault: kinds.DelayDelivery, happening: Happening) -> None:
    tampering.later.after(fault.delay, happening.proceed)


def _duplicate(_: "Tampering", fault: kinds.DuplicateDelivery, happening: Happening) -> None:
    link = happening.link
    assert isinstance(link, MessageLink)
    happening.proceed()
    for _copy in range(fault.copies):
        link.credit -= 1
        happening.proceed()


def _reorder(tampering: "Tampering", fault: kinds.ReorderDeliveries, happening: Happening) -> None:
    link = happening.link
    assert isinstance(link, MessageLink)
    tampering.reordering.hold(link, fault.by, fault.delay, happening.proceed)


def _coalesce(_: "Tampering", fault: kinds.CoalesceDispositions, happening: Happening) -> None:
    happening.coalesce(fault.delay)


def _deliver_early(tampering: "Tampering", fault: kinds.DeliverEarly, happening: Happening) -> None:
    hasten(tampering.entity(happening.place.entity), happening.sequence, fault)


def _dead_letter(tampering: "Tampering", _: kinds.DeadLetter, happening: Happening) -> None:
    queue, link, lock_id = happening.queue, happening.link, happening.lock_id
    if queue is None or queue.dead_letters is None or not lock_id or not isinstance(link, MessageLink):
        happening.proceed()
        return

    def set_aside() -> None:
        if queue.locks.holds(lock_id):
            message = queue.unlock(lock_id)
            text = f"Message could not be consumed after {queue.settings.delivery_count_max} delivery attempts."
            queue.set_aside(message, Reason("MaxDeliveryCountExceeded", text))
        link.return_credit()

    tampering.later.soon(set_aside)


def _withhold_credit(tampering: "Tampering", fault: kinds.WithholdCredit, happening: Happening) -> None:
    link = happening.link
    assert isinstance(link, TamperedIncomingLink)
    if fault.delay is not None:
        tampering.later.after(fault.delay, happening.proceed)
    else:
        tampering.withheld.setdefault(id(fault), {})[link] = happening.proceed


def _end_credit(_: "Tampering", __: kinds.EndCredit, happening: Happening) -> None:
    session = happening.session
    assert session is not None
    entity = happening.place.entity.lower()
    for link in session.links.values():
        if isinstance(link, ResponseLink) and link.path.lower().startswith(entity + "/"):
            link.credit = 0
    happening.proceed()


def _before_or_after(tampering: "Tampering", happening: Happening, strike: Action) -> None:
    """Strike once a message is delivered, but before anything else is done."""
    if happening.at == "delivery":
        happening.proceed()
        tampering.later.soon(strike)
    else:
        strike()
        happening.proceed()


def _outside_a_delivery(tampering: "Tampering", happening: Happening, strike: Action) -> None:
    if happening.at == "delivery":
        tampering.later.soon(strike)
    else:
        strike()


_ACTS: dict[type[kinds.ServiceBusFault], Callable[["Tampering", Any, Happening], None]] = {
    kinds.DropConnection: _drop,
    kinds.DetachLink: _detach,
    kinds.ExpireLock: _expire_lock,
    kinds.ExpireSessionLock: _expire_session,
    kinds.StealSession: _steal_session,
    kinds.Refuse: _refuse,
    kinds.Throttle: _throttle,
    kinds.LoseAnswer: _lose_answer,
    kinds.DelayAnswer: _delay_answer,
    kinds.LoseSettle: _lose_settle,
    kinds.DelayDelivery: _delay_delivery,
    kinds.DuplicateDelivery: _duplicate,
    kinds.ReorderDeliveries: _reorder,
    kinds.CoalesceDispositions: _coalesce,
    kinds.DeliverEarly: _deliver_early,
    kinds.DeadLetter: _dead_letter,
    kinds.WithholdCredit: _withhold_credit,
    kinds.EndCredit: _end_credit,
}
