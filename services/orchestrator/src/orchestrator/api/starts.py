"""Starts an instance over HTTP: the head first, then the message, then the answer.

What if the process dies or the broker fails …
  before the head is written: nothing has started; the caller repeats.
  after it: the head is `Pending` and holds the start; the owner of its partition sends it. A caller who repeats with
  the same id learns by 409 that it exists.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from fastapi import Request, Response

from durable.errors import DurableError, Refusal, WriteRefused
from durable.http.answers import json_answer
from durable.http.body import body_of, parse_json
from durable.http.problem import Problem, ProblemType, unavailable
from durable.http.tracing import trace_of_request
from durable.ids import message_id, partition_of, run_id
from durable.messages import INSTANCES
from durable.payload import PAYLOAD_BYTES_MAX
from durable.saga import Saga
from durable.status import Status
from orchestrator.api.dependencies import ApiDependencies
from orchestrator.api.head_writer import HeadWriter
from orchestrator.api.links import links_of
from orchestrator.api.lookup import legal_instance_id
from orchestrator.api.sagas import SagaCatalogue
from orchestrator.heads import Head, encode_head, start_message

PATIENCE = timedelta(seconds=15)
HEAD_BYTES_BESIDE_INPUT = 1024

_log = logging.getLogger(__name__)


class Starts:
    """Answers `POST /sagas/{saga}/instances`."""

    def __init__(self, dependencies: ApiDependencies, catalogue: SagaCatalogue, heads: HeadWriter) -> None:
        self._given = dependencies
        self._catalogue = catalogue
        self._heads = heads

    async def start(self, request: Request) -> Response:
        """Answer one request. The only parameter is the request, since this is the route that is hot."""
        saga = self._catalogue.find(request.path_params["saga"])
        given_id = request.query_params.get("instance_id")
        instance_id = self._given.nonce() if given_id is None else legal_instance_id(given_id)
        input = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        size = self._catalogue.check_input(saga, input)
        head = self._pending(saga, instance_id, input, trace_of_request(request, self._given.random_bits))
        etag = await self._create(head, size)
        await self._send(head, etag)
        links = links_of(request, instance_id)
        return json_answer(links, 202, {"Location": links["statusQueryGetUri"], "Retry-After": "1"})

    def _pending(self, saga: Saga[object, object], instance_id: str, input: object, trace: dict[str, str]) -> Head:
        start = message_id(instance_id, "", "SagaStarted", self._given.nonce())
        now = self._given.clock.now()
        return Head(
            instance_id=instance_id,
            partition=partition_of(instance_id, self._given.partition_count),
            saga=saga.name,
            version=saga.version,
            status=Status.PENDING,
            run=run_id(start),
            start=start,
            created_at=now,
            updated_at=now,
            input=input,
            trace=trace,
        )

    async def _create(self, head: Head, size: int) -> str:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await self._heads.create(encode_head(head), size + HEAD_BYTES_BESIDE_INPUT)
        except WriteRefused as refused:
            raise _refusal(head.instance_id, refused) from refused
        except TimeoutError as error:
            raise unavailable(
                f"the record store did not confirm instance {head.instance_id!r}: it may or may not start. "
                "Try again with this instance_id"
            ) from error

    async def _send(self, head: Head, etag: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                message = start_message(head, etag).to_message(head.partition)
                await self._given.broker.send(INSTANCES, [message])
        except (DurableError, TimeoutError) as error:
            _log.warning("the start of %s waits for the owner of its partition: %s", head.instance_id, error)


def _refusal(instance_id: str, refused: WriteRefused) -> Problem:
    if refused.refusal is Refusal.EXISTS:
        return Problem(ProblemType.EXISTS, f"expected an instance id that is not taken; {instance_id!r} exists")
    if refused.refusal is Refusal.TOO_LARGE:
        return Problem(ProblemType.TOO_LARGE, f"expected an input that the record store takes; {refused}")
    return Problem(ProblemType.INTERNAL, f"expected the record store to take a new instance; {refused}")
