"""Seals and opens the payloads of events, messages and commands.

1. What holds nothing sealed is given back as it is, and costs a look at each payload.
2. A message is measured as it is encoded: only one that is large, or that codecs concern, is encoded again.
3. Payloads that are each small enough may be too large together: then all but the smallest become objects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from durable.codec import payload_fields
from durable.errors import PayloadUnreadable
from durable.events import HistoryEvent, SagaStarted
from durable.ids import run_id
from durable.messages import Command, InstanceMessage, Message, trace_of
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import SEALED, EncodedPayload, Sealed
from durable.vault.vault import Place, Vault

Event = TypeVar("Event", bound=HistoryEvent)
Field = tuple[str, Any, Callable[[Any], Any] | None]
_MISREAD = (PayloadUnreadable, TypeError, ValueError, KeyError, AttributeError, IndexError)
MESSAGE_BYTES_MAX: Final = 200 * 1024
INLINE_MAX_IN_A_LARGE_MESSAGE: Final = 4 * 1024


async def seal_fields(
    vault: Vault, fields: Iterable[Field], place: Place, inline_max: int = PAYLOAD_INLINE_BYTES_MAX
) -> dict[str, Any]:
    """Give what must stand in place of some fields, by name; what is sealed already stays as it is."""
    sealed: dict[str, Any] = {}
    for name, value, write in fields:
        if value is None or value == () or isinstance(value, SEALED):
            continue
        data = value if write is None else write(value)
        payload = await vault.seal(data, place, inline_max)
        if payload is not data:
            sealed[name] = payload
    return sealed


async def open_fields(vault: Vault, fields: Iterable[Field], what: str) -> dict[str, Any]:
    """Give the plain values of those fields that are sealed, by name.

    Raises:
        PayloadUnreadable: one can't be had; says which and why.
    """
    opened: dict[str, Any] = {}
    for name, value, read in fields:
        if isinstance(value, SEALED):
            try:
                data = await vault.open(value)
                opened[name] = data if read is None else read(data)
            except _MISREAD as error:
                raise PayloadUnreadable(f"{name} of {what} can't be read: {error}") from error
    return opened


async def seal_event(vault: Vault, event: Event, place: Place, inline_max: int = PAYLOAD_INLINE_BYTES_MAX) -> Event:
    """Give an event as it may leave the process."""
    fields = ((name, getattr(event, name), write) for name, write, _ in payload_fields(type(event)))
    sealed = await seal_fields(vault, fields, place, inline_max)
    return replace(event, **sealed) if sealed else event


def needs_sealing(vault: Vault, event: HistoryEvent) -> bool:
    """Tell whether `seal_event` would change an event. Asked for each event of each turn."""
    for name, write, _ in payload_fields(type(event)):
        value = getattr(event, name)
        if value is not None and value != () and _needs_sealing(vault, value, write):
            return True
    return False


def fields_need_sealing(vault: Vault, fields: Iterable[Field]) -> bool:
    """Tell whether `seal_fields` would change one of them."""
    return any(value is not None and value != () and _needs_sealing(vault, value, write) for _, value, write in fields)


def _needs_sealing(vault: Vault, value: Any, write: Callable[[Any], Any] | None) -> bool:
    if isinstance(value, SEALED):
        return False
    return vault.encodes or not vault.is_small(value if write is None else write(value))


def sealed_payloads(event: HistoryEvent) -> list[Sealed]:
    """Give the sealed payloads of an event."""
    values = (getattr(event, name) for name, _, _ in payload_fields(type(event)))
    return [value for value in values if isinstance(value, SEALED)]


def is_sealed(event: HistoryEvent) -> bool:
    """Tell whether an event holds a sealed payload. Asked for each message that comes."""
    return any(isinstance(getattr(event, name), SEALED) for name, _, _ in payload_fields(type(event)))


async def open_event(vault: Vault, event: Event) -> Event:
    """Give an event with plain payloads; errors as `open_fields`."""
    fields = ((name, getattr(event, name), read) for name, _, read in payload_fields(type(event)))
    opened = await open_fields(vault, fields, type(event).__name__)
    return replace(event, **opened) if opened else event


async def open_events(vault: Vault, events: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """Give a history with plain payloads; objects are fetched together. Errors as `open_fields`."""
    history = list(events)
    sealed = [index for index, event in enumerate(history) if is_sealed(event)]
    opened = await asyncio.gather(*(open_event(vault, history[index]) for index in sealed))
    for index, event in zip(sealed, opened, strict=True):
        history[index] = event
    return history


def shown_event(vault: Vault, event: Event) -> Event:
    """Give an event with its encoded payloads decoded, as far as they can be; references stay."""
    shown: dict[str, Any] = {}
    for name, _, read in payload_fields(type(event)):
        value = getattr(event, name)
        if isinstance(value, EncodedPayload):
            try:
                data = vault.decode(value)
                shown[name] = data if read is None else read(data)
            except _MISREAD:
                continue
    return replace(event, **shown) if shown else event


async def sealed_message(
    vault: Vault,
    message: InstanceMessage,
    session: str,
    *,
    run: str = "",
    due: datetime | None = None,
    broker_id: str | None = None,
) -> Message:
    """Give the message that carries an event, with its payloads sealed.

    `run` is the run that the payloads belong to, where the message is for any.
    """
    written = message.to_message(session, due=due, broker_id=broker_id)
    if not vault.concerns(len(written.body)):
        return written
    place = place_of(message, run)
    event = message.event
    for inline_max in (PAYLOAD_INLINE_BYTES_MAX, INLINE_MAX_IN_A_LARGE_MESSAGE):
        sealed = await seal_event(vault, event, place, inline_max)
        written = replace(message, event=sealed).to_message(session, due=due, broker_id=broker_id)
        if len(written.body) <= MESSAGE_BYTES_MAX:
            break
    return written


async def sealed_again(vault: Vault, message: Message) -> Message:
    """Give a message of queue `instances` with those payloads sealed that are not yet."""
    if not vault.concerns(len(message.body)):
        return message
    read = InstanceMessage.from_body(message.body, trace_of(message.properties))
    # Only what stands in a history repeats the id of its message.
    read = replace(read, event=replace(read.event, message_id=None))
    sent = await sealed_message(vault, read, message.session or "", due=message.due, broker_id=message.id)
    return replace(sent, properties=message.properties)


def place_of(message: InstanceMessage, run: str = "") -> Place:
    """Tell to which run the payloads of a message belong; a start makes one, what is raised may not know any."""
    started = run_id(message.id) if isinstance(message.event, SagaStarted) else ""
    return Place(message.instance_id, message.run or started or run or "raised")


async def open_command(vault: Vault, command: Command) -> Command:
    """Give a command with plain payloads; errors as `open_fields`."""
    if not isinstance(command.input, SEALED) and not isinstance(command.last_heartbeat, SEALED):
        return command
    return replace(
        command, input=await vault.open(command.input), last_heartbeat=await vault.open(command.last_heartbeat)
    )
