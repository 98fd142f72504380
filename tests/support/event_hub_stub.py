"""An event hub that speaks the service's AMQP to the real SDK, over the AMQP layer of the Service Bus endpoint.

It knows tokens (takes any), the partition ids of the hub, senders to a partition, and readers of a partition from an
offset. Every reader gets what is there, and whatever comes later; nothing is ever removed.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from emulators.servicebus.amqp.frames import frame
from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    DETACH,
    FLOW,
    OPEN,
    TRANSFER,
    Attach,
    write_performative,
)
from emulators.servicebus.amqp.sections import (
    AMQP_VALUE,
    APPLICATION_PROPERTIES,
    BATCH_FORMAT,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    batch_members,
    section,
    spans,
)
from emulators.servicebus.amqp.values import Described, Int, Symbol, Timestamp, Uint
from emulators.servicebus.broker.plan import Plan
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.wire import connection as wire_connection
from emulators.servicebus.wire import session as wire_session
from emulators.servicebus.wire.answers import address_of, path_of
from emulators.servicebus.wire.incoming import IncomingLink
from emulators.servicebus.wire.outgoing import ResponseLink
from emulators.servicebus.wire.requests import Node, read_request
from emulators.servicebus.wire.session import Session

_BYTES_MAX = 2 << 20
_ENQUEUED_AT = 1_767_323_045_000
_PARTITION = re.compile(r"(?P<hub>[^/]+)(/consumergroups/(?P<group>[^/]+))?(/partitions/(?P<id>\d+))?", re.IGNORECASE)
_OFFSET = re.compile(r"x-opt-offset >(?P<inclusive>=?) '(?P<offset>-?\d+)'")
_FIELDS = {OPEN: 10, BEGIN: 8, ATTACH: 14, FLOW: 11, DETACH: 4}
_SELECTOR = "apache.org:selector-filter:string"


@dataclass
class EventHubStub:
    """What the hub holds, by partition, and what readers asked for."""

    partitions: dict[str, list[bytes]]
    connection_string: str = ""
    readers: dict[str, list[ResponseLink]] = field(default_factory=dict)
    read_from: list[tuple[str, int]] = field(default_factory=list)

    def append(self, partition: str, payload: bytes) -> None:
        events = self.partitions[partition]
        number = len(events)
        annotations = {
            Symbol("x-opt-offset"): str(number * 100),
            Symbol("x-opt-sequence-number"): number,
            Symbol("x-opt-enqueued-time"): Timestamp(_ENQUEUED_AT + number * 1000),
        }
        bare = b"".join(payload[span.start : span.end] for span in spans(payload) if span.code >= PROPERTIES)
        events.append(section(MESSAGE_ANNOTATIONS, annotations) + bare)
        for reader in self.readers.get(partition, ()):
            reader.respond(events[-1])

    def open_link(self, session: Session, request: Attach) -> Any:
        path = path_of(address_of(request.source if request.role else request.target))
        if path.lower() in {"$cbs", "$management"}:
            return self._request_link(session, request, path)
        found = _PARTITION.fullmatch(path)
        assert found is not None, path
        # A sender may leave the choice of the partition to the hub.
        partition = found["id"] or "0"
        link = self._reader(session, request, partition) if request.role else self._sender(session, request, partition)
        link.path = path
        return link

    def _request_link(self, session: Session, request: Attach, path: str) -> Any:
        link: IncomingLink | ResponseLink
        if request.role:
            link = ResponseLink(session, request, path)
            session.answer(request)
        else:
            link = IncomingLink(
                session, request, lambda payload, _: self._answer(Node(session, path), payload), _BYTES_MAX
            )
            link.path = path
        return link

    def _answer(self, node: Node, payload: bytes) -> None:
        request = read_request(payload)
        status: dict[str, object] = {"status-code": Int(200), "status-description": "OK"}
        about = {"name": request.properties.get("name"), "type": "com.microsoft:eventhub"}
        node.respond(
            request,
            status,
            {**about, "created_at": Timestamp(_ENQUEUED_AT), "partition_ids": list(self.partitions)},
        )

    def _sender(self, session: Session, request: Attach, partition: str) -> IncomingLink:
        def sink(payload: bytes, message_format: int) -> None:
            for member in batch_members(payload) if message_format == BATCH_FORMAT else [payload]:
                self.append(partition, member)

        return IncomingLink(session, request, sink, _BYTES_MAX, _BYTES_MAX)

    def _reader(self, session: Session, request: Attach, partition: str) -> ResponseLink:
        link = ResponseLink(session, request, "")
        session.answer(request)
        first = _first_wanted(request)
        self.read_from.append((partition, first))
        self.readers.setdefault(partition, []).append(link)
        for payload in self.partitions[partition][first:]:
            link.respond(payload)
        return link


def an_event(data: bytes, content_type: str | None = None, **properties: object) -> bytes:
    """Encode an event as a sender does: with its data, its content type and application properties."""
    described = section(PROPERTIES, [None] * 6 + [None if content_type is None else Symbol(content_type)])
    named = section(APPLICATION_PROPERTIES, properties) if properties else b""
    return described + named + section(0x75, data)


def a_value(value: object) -> bytes:
    """Encode an event that holds a value instead of data."""
    return section(AMQP_VALUE, value)


def _first_wanted(request: Attach) -> int:
    fields = request.source.value if request.source is not None else []
    assert isinstance(fields, list)
    selector = fields[7][_SELECTOR]
    text = selector.value if isinstance(selector, Described) else selector
    found = _OFFSET.search(text.decode() if isinstance(text, bytes) else str(text))
    assert found is not None, text
    offset = int(found["offset"])
    return 0 if offset < 0 else offset // 100 + (0 if found["inclusive"] else 1)


def _written_whole(code: int, *fields: object) -> bytes:
    """Write all fields of a performative, trailing ones too: this SDK reads them uncounted."""
    return write_performative(code, *fields, *[None] * (_FIELDS.get(code, 0) - len(fields)))


def _whole_transfer(
    channel: int, handle: int, delivery: tuple[int, bytes, bool], payload: bytes, _: int
) -> list[bytes]:
    id, tag, settled = delivery
    fields = (Uint(handle), Uint(id), tag, Uint(0), settled, False, None, None, False, False, False)
    return [frame(channel, write_performative(TRANSFER, *fields) + payload)]


@asynccontextmanager
async def event_hub_stub(patch: pytest.MonkeyPatch, partitions: int = 2) -> AsyncIterator[EventHubStub]:
    """Serve a hub."""
    stub = EventHubStub({str(number): [] for number in range(partitions)})
    patch.setattr(wire_session, "open_link", stub.open_link)
    for module in (wire_connection, wire_session):
        patch.setattr(module, "write_performative", _written_whole)
    patch.setattr(wire_session, "transfer_frames", _whole_transfer)
    async with ServiceBusEndpoint(Plan()) as endpoint:
        stub.connection_string = endpoint.connection_string
        yield stub
