"""The management operations of an entity, as a table from name to function.

1. A function gets a `Call`, gives a `Reply` or raises `Refusal`. Everything it changes is stored before the reply
   leaves.
2. An update of many locks settles all that are still held, and then refuses if one was lost.
3. Operations on a session need the receiver that holds it, named by the request as its associated link.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from emulators.servicebus.amqp.values import Array, Int, Timestamp, Uuid
from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Entity
from emulators.servicebus.broker.content import DeadLetter, Message
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import InvalidArgument, MessageLockLost, MessageTooLarge, OutOfRange
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.broker.sessions import Session, Sessions
from emulators.servicebus.wire.limits import Limits
from emulators.servicebus.wire.messages import contents, encoded
from emulators.servicebus.wire.outcomes import properties_in
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.rule_operations import described, rule_in, rule_name
from emulators.servicebus.wire.tokens import LockTokens

_RECEIVE_AND_DELETE = 0
_SINGLE = 0
_COUNT_MAX = 2**31 - 1
# A response to a peek holds at most so much; whoever wants more asks again behind the last one.
_PEEKED_MAX = 5000
_PEEKED_BYTES_MAX = 1 << 20
# What clients send as the time of the last update if they want all sessions: the end of the year 9999.
_ANY_TIME = 253_402_300_800_000


class Call(NamedTuple):
    """One request, and what it needs to be carried out."""

    entity: Entity
    body: dict[object, object]
    now: int
    tokens: LockTokens
    receiver: MessageLink | None
    limits: Limits

    @property
    def queue(self) -> Queue:
        """The entity, which must be one that can be received from."""
        if not isinstance(self.entity, Queue):
            raise InvalidArgument(f"Topic '{self.entity.name}' has no messages to receive.")
        return self.entity

    @property
    def sessions(self) -> Sessions:
        """The sessions of the entity, which must have some."""
        sessions = self.queue.sessions
        if sessions is None:
            raise InvalidArgument(f"'{self.entity.name}' does not require sessions.")
        return sessions

    @property
    def rules(self) -> RuleSet:
        """The rules of the entity, which must be a subscription."""
        rules = self.queue.rules
        if rules is None:
            raise InvalidArgument(f"'{self.entity.name}' is not a subscription: it has no rules.")
        return rules

    @property
    def session_id(self) -> str | None:
        """The session that the request names, if it does."""
        value = self.body.get("session-id")
        return value if isinstance(value, str) else None

    def held_session(self) -> Session:
        """The session that the request names, held by its associated link."""
        return self.sessions.held_by(self.session_id or "", self.receiver)

    def holder(self) -> tuple[str, MessageLink] | None:
        """The session of the request and its receiver, if the entity has sessions."""
        if self.queue.sessions is None:
            return None
        session = self.held_session()
        return (session.session_id, self.receiver) if self.receiver is not None else None

    def integer(self, name: str, default: int) -> int:
        """A number in the body."""
        value = self.body.get(name, default)
        if not isinstance(value, int):
            raise InvalidArgument(f"'{name}' must be a number, found {value!r}.")
        return int(value)

    def amount(self, name: str, default: int) -> int:
        """A number of things in the body."""
        return min(max(0, self.integer(name, default)), _COUNT_MAX)

    def changed(self) -> settlement.Changed:
        """The application properties that the request sets."""
        return properties_in(self.body.get("properties-to-modify"))

    def numbers(self) -> list[int]:
        """The sequence numbers in the body."""
        return [int(number) for number in self.listed("sequence-numbers") if isinstance(number, int)]

    def lock_ids(self) -> list[int]:
        """The lock ids of the tokens in the body."""
        read = self.tokens.lock_id
        return [read(token) for token in self.listed("lock-tokens") if isinstance(token, bytes)]

    def listed(self, name: str) -> list[object]:
        """A list or array in the body."""
        values = self.body.get(name)
        if not isinstance(values, list) or not values:
            raise InvalidArgument(f"'{name}' must be a list with at least one item, found {values!r}.")
        return values


class Reply(NamedTuple):
    """A response: 200 with a body, or 204 for nothing found."""

    body: object = None
    status: int = 200


_NOTHING = Reply(status=204)


def _renew_lock(call: Call) -> Reply:
    until = [call.queue.locks.renew(lock_id, call.now) for lock_id in call.lock_ids()]
    return Reply({"expirations": Array(tuple(Timestamp(at) for at in until))})


def _renew_session_lock(call: Call) -> Reply:
    session = call.held_session()
    until = call.sessions.renew(session.session_id, call.receiver, call.now) if call.receiver is not None else 0
    return Reply({"expiration": Timestamp(until)})


def _schedule(call: Call) -> Reply:
    batch = []
    for entry in call.listed("messages"):
        payload = entry.get("message") if isinstance(entry, dict) else None
        if not isinstance(payload, bytes):
            raise InvalidArgument("Each entry of 'messages' must be a map with the encoded message as 'message'.")
        if len(payload) > call.limits.message_bytes:
            raise MessageTooLarge(
                f"The message of {len(payload)} bytes exceeds the limit of {call.limits.message_bytes} bytes."
            )
        batch.extend(contents(payload, _SINGLE))
    for content in batch:
        call.entity.check_acceptable(content)
    numbers = [call.entity.intake.send(content, call.now) for content in batch]
    return Reply({"sequence-numbers": Array(tuple(numbers))})


def _cancel_scheduled(call: Call) -> Reply:
    call.entity.intake.cancel(call.numbers())
    return Reply({})


def _peek(call: Call) -> Reply:
    first, count = call.integer("from-sequence-number", 0), call.amount("message-count", 1)
    found = call.queue.peek(first, min(count, _PEEKED_MAX), call.session_id)
    entries: list[dict[object, object]] = []
    room = _PEEKED_BYTES_MAX
    for message in found:
        payload = encoded(message)
        room -= len(payload)
        if room < 0 and entries:
            break
        entries.append({"message": payload})
    return Reply({"messages": entries}) if entries else _NOTHING


def _receive_by_number(call: Call) -> Reply:
    found = settlement.receive_deferred(call.queue, call.numbers(), call.now, call.holder())
    entries = [_deferred_entry(call, message) for message in found]
    if call.integer("receiver-settle-mode", 1) == _RECEIVE_AND_DELETE:
        for message in found:
            settlement.complete(call.queue, message.lock_id)
    return Reply({"messages": entries})


def _deferred_entry(call: Call, message: Message) -> dict[object, object]:
    return {"message": encoded(message), "lock-token": Uuid(call.tokens.uuid(message.lock_id))}


def _update_disposition(call: Call) -> Reply:
    status = call.body.get("disposition-status")
    settle = _DISPOSITIONS.get(status) if isinstance(status, str) else None
    if settle is None:
        raise InvalidArgument(
            f"'disposition-status' must be one of {', '.join(map(str, _DISPOSITIONS))}, found {status!r}."
        )
    queue = call.queue
    if queue.sessions is not None:
        call.held_session()
    lost: MessageLockLost | None = None
    for lock_id in call.lock_ids():
        try:
            settle(queue, lock_id, call)
        except MessageLockLost as refusal:
            lost = refusal
    if lost is not None:
        raise lost
    return Reply({})


def _get_session_state(call: Call) -> Reply:
    return Reply({"session-state": call.held_session().state})


def _set_session_state(call: Call) -> Reply:
    state = call.body.get("session-state")
    if state is not None and not isinstance(state, bytes):
        raise InvalidArgument(f"'session-state' must be binary or null, found {type(state).__name__}.")
    if state is not None and len(state) > call.limits.message_bytes:
        raise MessageTooLarge(
            f"The state of {len(state)} bytes exceeds the limit of {call.limits.message_bytes} bytes."
        )
    call.queue.set_session_state(call.held_session(), state, call.now)
    return Reply({})


def _list_sessions(call: Call) -> Reply:
    skip, top = call.amount("skip", 0), call.amount("top", 100)
    updated_after = call.integer("last-updated-time", _ANY_TIME)
    sessions = call.sessions
    found = sessions.listing() if updated_after >= _ANY_TIME else sessions.updated_after(updated_after)
    page = found[skip : skip + top]
    return Reply({"skip": Int(skip + len(page)), "sessions-ids": page}) if page else _NOTHING


def _delete_messages(call: Call) -> Reply:
    count = call.amount("message-count", 0)
    if not 1 <= count <= call.limits.deletions:
        raise OutOfRange(f"'message-count' must be from 1 to {call.limits.deletions}, found {count}.")
    session = None if call.queue.sessions is None else call.held_session()
    deleted = settlement.delete(call.queue, count, call.integer("enqueued-time-utc", call.now), session)
    return Reply({"message-count": Int(deleted)}) if deleted else _NOTHING


def _add_rule(call: Call) -> Reply:
    call.rules.add(replace(rule_in(call.body), created_at=call.now))
    call.queue.note_rules()
    return Reply({})


def _remove_rule(call: Call) -> Reply:
    call.rules.remove(rule_name(call.body))
    call.queue.note_rules()
    return Reply({})


def _list_rules(call: Call) -> Reply:
    skip, top = call.amount("skip", 0), call.amount("top", 100)
    page = call.rules.listing()[skip : skip + top]
    return Reply({"rules": [{"rule-description": described(rule)} for rule in page]}) if page else _NOTHING


def _dead_letter(queue: Queue, lock_id: int, call: Call) -> None:
    reason, description = call.body.get("deadletter-reason"), call.body.get("deadletter-description")
    why = DeadLetter(reason if isinstance(reason, str) else None, description if isinstance(description, str) else None)
    settlement.dead_letter(queue, lock_id, why, call.changed())


_DISPOSITIONS: dict[object, Callable[[Queue, int, Call], None]] = {
    "completed": lambda queue, lock_id, _: settlement.complete(queue, lock_id),
    "abandoned": lambda queue, lock_id, call: settlement.abandon(queue, lock_id, call.changed()),
    "defered": lambda queue, lock_id, call: settlement.defer(queue, lock_id, call.changed()),
    "suspended": _dead_letter,
}

OPERATIONS: dict[str, Callable[[Call], Reply]] = {
    "com.microsoft:renew-lock": _renew_lock,
    "com.microsoft:renew-session-lock": _renew_session_lock,
    "com.microsoft:schedule-message": _schedule,
    "com.microsoft:cancel-scheduled-message": _cancel_scheduled,
    "com.microsoft:peek-message": _peek,
    "com.microsoft:receive-by-sequence-number": _receive_by_number,
    "com.microsoft:update-disposition": _update_disposition,
    "com.microsoft:get-session-state": _get_session_state,
    "com.microsoft:set-session-state": _set_session_state,
    "com.microsoft:get-message-sessions": _list_sessions,
    "com.microsoft:batch-delete-messages": _delete_messages,
    "com.microsoft:add-rule": _add_rule,
    "com.microsoft:remove-rule": _remove_rule,
    "com.microsoft:enumerate-rules": _list_rules,
}
