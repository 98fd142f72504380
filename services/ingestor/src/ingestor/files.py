"""Takes files over HTTP into the object store.

1. An upload gets an object of its own, `uploads/<unique id>/<name>`: no sender can overwrite another's.
2. The object appears whole or not at all; an upload that breaks off or is too large leaves nothing.
3. If the process dies between the object and its event, or the broker does not confirm, the object lies unused and the
   sender, who got no answer or a 503, sends the file again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request, Response

from contracts.catalogue import DOCUMENT_RECEIVED
from contracts.documents import DocumentReceived
from durable.cloudevent import CloudEvent
from durable.codec import encode_time
from durable.errors import InvalidName
from durable.http.answers import json_answer
from durable.http.body import chunks_of
from durable.http.problem import Problem, ProblemType
from durable.http.tracing import enclosing_of, trace_brought_by
from durable.objects import check_object_name
from ingestor.ingestion import Ingestion
from ingestor.media_types import media_type_of
from ingestor.publishing import identity_of

SOURCE = "/ingestor/files"


class Files:
    """Answers `PUT` and `POST /files/{name}`."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._given = ingestion.given
        self._publisher = ingestion.publisher

    async def store(self, request: Request, name: str) -> Response:
        """Store a file, and nothing more."""
        _, document = await self._store(request, name)
        return json_answer({**document.model_dump(), "event": None}, 201)

    async def receive(self, request: Request, name: str) -> Response:
        """Store a file and publish that it was received."""
        self._publisher.room.check_open()
        id, document = await self._store(request, name)
        event = CloudEvent(
            id=id,
            source=SOURCE,
            type=DOCUMENT_RECEIVED,
            data=document.model_dump(),
            time=encode_time(self._given.clock.now()),
            datacontenttype="application/json",
        )
        outgoing = self._publisher.sends.within(event, enclosing_of(request), trace_brought_by(request))
        await self._publisher.publish([outgoing])
        return json_answer({**document.model_dump(), "event": identity_of(event)}, 202)

    async def _store(self, request: Request, name: str) -> tuple[str, DocumentReceived]:
        id = f"{self._given.random_bits(128):032x}"
        media_type = media_type_of(request.headers.get("content-type", ""), name)
        try:
            object_name = check_object_name(f"uploads/{id}/{check_object_name(name)}")
            body = await _not_empty(chunks_of(request, self._given.limits.upload_bytes))
            written = await self._given.objects.put(object_name, body)
        except InvalidName as error:
            raise Problem(ProblemType.INVALID, str(error), [("name", str(error))]) from error
        return id, DocumentReceived(object=object_name, name=name, media_type=media_type, size=written.size)


async def _not_empty(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    first = await anext(chunks, b"")
    if not first:
        fault = "expected at least one byte; found an empty file"
        raise Problem(ProblemType.INVALID, fault, [("body", fault)])
    return _joined(first, chunks)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
