"""Events that came where nobody waits for an answer, and can't be taken: each is an object, with the reason.

1. The id of a dead letter follows from where and as what the event came, so that one that is kept twice is kept once.
2. Ids begin with the time, so that the list is in order of time though it reads names alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ValidationError

from durable.errors import ObjectNotFound
from durable.ids import digest
from durable.objects import ObjectStore
from durable.payload import reasons_of
from ingestor.checked import Refused

FOLDER = "dead-letters"
_ID = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d)T([01]\d|2[0-3])[0-5]\d[0-5]\dZ-[0-9a-f]{32}", re.ASCII)


class Fault(BaseModel):
    """One fault of an event, and where it is."""

    loc: str
    msg: str


class DeadLetter(BaseModel):
    """An event that can't be taken.

    Attributes:
        id: by which it is listed and replayed.
        at: when it came.
        origin: what it came by.
        message: as what it came there.
        reason: a word for a program.
        detail: a sentence for a person.
        errors: each fault.
        body: the event as it came, text if it is UTF-8.
        encoding: whether `body` is text or base64.
        content_type: media type as it came, empty if none.
        properties: what else stood on the message.
    """

    id: str
    at: datetime
    origin: str
    message: str
    reason: str
    detail: str
    errors: list[Fault]
    body: str
    encoding: Literal["text", "base64"]
    content_type: str = ""
    properties: dict[str, str] = {}

    def content(self) -> bytes:
        """Give the event as it came."""
        return self.body.encode() if self.encoding == "text" else base64.b64decode(self.body)


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came from where nobody waits for an answer.

    Attributes:
        origin: what it came by: a queue, a hub, a folder.
        message: what tells it from anything else that came by there, equal if it comes again.
        at: when it came there, equal if it comes again.
        body: the bytes.
        content_type: media type, empty if none was given.
        properties: what else stood on it.
    """

    origin: str
    message: str
    at: datetime
    body: bytes
    content_type: str = ""
    properties: Mapping[str, str] | None = None


def dead_letter(incoming: Incoming, refused: Refused, body: bytes | None = None) -> DeadLetter:
    """Make the dead letter of what came, or of that part of it which `body` is."""
    content = incoming.body if body is None else body
    try:
        text, encoding = content.decode(), "text"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(content).decode(), "base64"
    told = digest(incoming.origin, incoming.message, text)
    return DeadLetter(
        id=f"{incoming.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{told}",
        at=incoming.at,
        origin=incoming.origin,
        message=incoming.message,
        reason=refused.refusal.value,
        detail=refused.detail,
        errors=[Fault(loc=where, msg=what) for where, what in refused.faults],
        body=text,
        encoding="text" if encoding == "text" else "base64",
        content_type=incoming.content_type,
        properties=dict(incoming.properties or {}),
    )


class DeadLetters:
    """Keeps dead letters in the object store. Any method raises `TransientError` if that does not answer."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def put(self, letter: DeadLetter) -> None:
        """Keep one; it is durable on return. Idempotent."""
        await self._objects.put(_name_of(letter.id), letter.model_dump_json().encode())

    async def get(self, id: str) -> DeadLetter | None:
        """Read one; none if there is none of this id."""
        if not _ID.fullmatch(id):
            return None
        try:
            return DeadLetter.model_validate_json(await self._objects.get(_name_of(id)))
        except ObjectNotFound:
            return None
        except ValidationError as error:
            return _unreadable(id, error)

    async def page(self, limit: int, before: str) -> tuple[Sequence[DeadLetter], str | None]:
        """List the newest first, of those before the id `before` unless it is empty; with the id to go on before."""
        names = [info.name async for info in self._objects.list(FOLDER)]
        ids = [id for name in names if _ID.fullmatch(id := name.removeprefix(f"{FOLDER}/").removesuffix(".json"))]
        older = [id for id in reversed(ids) if not before or id < before]
        letters = [await self.get(id) for id in older[:limit]]
        return [letter for letter in letters if letter], older[limit - 1] if len(older) > limit else None

    async def delete(self, id: str) -> None:
        """Remove one. Idempotent."""
        await self._objects.delete(_name_of(id))


def _unreadable(id: str, error: ValidationError) -> DeadLetter:
    """Give something to show and to throw away in place of an object that somebody else has written."""
    return DeadLetter(
        id=id,
        at=datetime.strptime(id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        origin="",
        message="",
        reason="unreadable",
        detail=f"expected a dead letter in object {_name_of(id)!r}; found {error.error_count()} faults",
        errors=[Fault(loc=where, msg=what) for where, what in reasons_of(error)],
        body="",
        encoding="text",
    )


def _name_of(id: str) -> str:
    return f"{FOLDER}/{id}.json"
