"""A client of a few lines that speaks AMQP by itself: for thousands of connections, and messages that cost it little.

All that opens a connection and its two links to one queue is said in one piece; clients may do so.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from typing import Self
from urllib.parse import quote_plus

from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, SASL_PREAMBLE, frame, read_header, sasl_frame
from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    FLOW,
    OPEN,
    TRANSFER,
    Attach,
    Detach,
    Disposition,
    Performative,
    read_performative,
    write_performative,
)
from emulators.servicebus.amqp.sections import (
    AMQP_VALUE,
    APPLICATION_PROPERTIES,
    BATCH_FORMAT,
    DATA,
    PROPERTIES,
    section,
)
from emulators.servicebus.amqp.values import Described, Symbol, Ubyte, Uint, Uuid

_SASL_INIT = 0x41
_CBS_SENDER, _CBS_RECEIVER, _SENDER, _RECEIVER = range(4)
_FOREVER = "9999999999"
_NO, _YES = False, True


class RawConnection:
    """One connection with a sender to a queue and a receiver from it, which never asks for anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, queue: str) -> None:
        self._reader = reader
        self._writer = writer
        self._queue = queue
        self._sent = 0

    @classmethod
    async def open(cls, connection_string: str, queue: str, session: str | None = None) -> Self:
        """Connect and attach both links; raises `ConnectionError` if the endpoint refuses."""
        parts = dict(part.split("=", 1) for part in connection_string.split(";") if part)
        host, port = parts["Endpoint"].removeprefix("sb://").rstrip("/").rsplit(":", 1)
        opened = cls(*await asyncio.open_connection(host, int(port)), queue)
        opened._writer.write(opened._greeting(parts["SharedAccessKeyName"], parts["SharedAccessKey"], session))
        try:
            await opened._until(Attach, handle=_RECEIVER)
        except BaseException:
            opened.close()
            raise
        return opened

    async def send(self, message: bytes, *, count: int = 1, ahead: int = 1) -> None:
        """Send an encoded message, or a batch, `count` times, at most `ahead` of them without an answer."""
        kind = Uint(BATCH_FORMAT if message.startswith(_BATCH_MARK) else 0)
        payload = message.removeprefix(_BATCH_MARK)
        unanswered = 0
        for _ in range(count):
            self._transfer(_SENDER, kind, payload)
            unanswered += 1
            if unanswered >= ahead:
                await self._until(Disposition)
                unanswered -= 1
        for _ in range(unanswered):
            await self._until(Disposition)

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    def _greeting(self, key_name: str, key: str, session: str | None) -> bytes:
        address = f"amqp://localhost/{self._queue}"
        signed = f"{quote_plus(address)}\n{_FOREVER}".encode()
        signature = quote_plus(base64.b64encode(hmac.digest(key.encode(), signed, "sha256")))
        token = f"SharedAccessSignature sr={quote_plus(address)}&sig={signature}&se={_FOREVER}&skn={key_name}"
        asked = {"operation": "put-token", "type": "servicebus.windows.net:sastoken", "name": address}
        request = section(PROPERTIES, [Uuid(bytes(16))]) + section(APPLICATION_PROPERTIES, asked)
        wanted: dict[object, object] = {} if session is None else {Symbol("com.microsoft:session-filter"): session}
        return b"".join(
            (
                SASL_PREAMBLE,
                sasl_frame(write_performative(_SASL_INIT, Symbol("ANONYMOUS"))),
                AMQP_PREAMBLE,
                frame(0, write_performative(OPEN, "raw", "localhost", Uint(65_536))),
                _said(BEGIN, None, Uint(0), Uint(1 << 20), Uint(1 << 20), Uint(255)),
                _attach(_CBS_SENDER, "$cbs", receives=False),
                _attach(_CBS_RECEIVER, "$cbs", receives=True),
                _flow(_CBS_RECEIVER, 10),
                self._transferred(_CBS_SENDER, Uint(0), request + section(AMQP_VALUE, token)),
                _attach(_SENDER, self._queue, receives=False),
                _attach(_RECEIVER, self._queue, receives=True, wanted=wanted),
            )
        )

    def _transfer(self, handle: int, kind: Uint, payload: bytes) -> None:
        self._writer.write(self._transferred(handle, kind, payload))

    def _transferred(self, handle: int, kind: Uint, payload: bytes) -> bytes:
        number, self._sent = self._sent, self._sent + 1
        parts = [payload[at : at + 60_000] for at in range(0, len(payload), 60_000)]
        tag = number.to_bytes(4, "big")
        return b"".join(
            _said(TRANSFER, Uint(handle), Uint(number), tag, kind, _NO, index < len(parts) - 1, payload=part)
            for index, part in enumerate(parts)
        )

    async def _until(self, kind: type[Performative], handle: int | None = None) -> Performative:
        while True:
            heard = await self._heard()
            if isinstance(heard, kind) and (handle is None or getattr(heard, "handle", None) == handle):
                return heard
            if heard is not None and (isinstance(heard, Detach) or type(heard).__name__ == "Close"):
                raise ConnectionError(f"the endpoint refused: {heard}")

    async def _heard(self) -> Performative | None:
        head = await self._reader.readexactly(8)
        if head.startswith(b"AMQP"):
            return None
        size, offset, kind, _ = read_header(head, 0)
        body = await self._reader.readexactly(size - 8)
        return read_performative(body, 4 * offset - 8)[0] if body and kind == 0 else None


_BATCH_MARK = b"BATCH"


def encoded(body: bytes, message_id: str, session: str | None = None) -> bytes:
    """A message as bytes."""
    properties: list[object] = [message_id] if session is None else [message_id, *[None] * 9, session]
    return section(PROPERTIES, properties) + section(DATA, body)


def batch_of(messages: list[bytes]) -> bytes:
    """Several messages as one transfer."""
    return _BATCH_MARK + b"".join(section(DATA, message) for message in messages)


def _said(code: int, *fields: object, payload: bytes = b"") -> bytes:
    return frame(1, write_performative(code, *fields) + payload)


def _flow(handle: int, credit: int) -> bytes:
    return _said(FLOW, Uint(0), Uint(1 << 20), Uint(0), Uint(1 << 20), Uint(handle), Uint(0), Uint(credit))


def _attach(handle: int, node: str, *, receives: bool, wanted: dict[object, object] | None = None) -> bytes:
    source, target = (node, "here") if receives else ("here", node)
    modes = (Ubyte(1), Ubyte(0)) if receives else (Ubyte(0), Ubyte(0))
    filters = [source, *[None] * 6, wanted] if wanted else [source]
    ends = (Described(0x28, filters), Described(0x29, [target]))
    return _said(ATTACH, f"link-{handle}", Uint(handle), receives, *modes, *ends, None, None, Uint(0))
