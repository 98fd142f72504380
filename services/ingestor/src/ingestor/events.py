"""Takes events over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from durable.cloudevent import CloudEvent
from durable.http.answers import json_answer
from durable.http.body import body_of
from durable.http.problem import Problem, ProblemType
from durable.http.tracing import enclosing_of, trace_brought_by
from ingestor.checked import Refusal, Refused, Verdict
from ingestor.foreign import PassedOver
from ingestor.grid_hook import GRID_KIND, GridHook
from ingestor.ingestion import Ingestion
from ingestor.publishing import identity_of
from ingestor.received import check_media_type, read_each, read_events

WHOLE, EACH = "whole", "each"


class Events:
    """Answers `POST /events`."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._given = ingestion.given
        self._checks = ingestion.checks
        self._publisher = ingestion.publisher
        self._grid = GridHook(ingestion)

    async def take(self, request: Request) -> Response:
        """Publish all events of a request, or none; with `batch=each` those that are taken. A repeat is harmless."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if GRID_KIND in headers:
            return await self._grid.take(headers, request)
        check_media_type(headers)
        each = _is_each_taken(request)
        self._publisher.room.check_open()
        body = await body_of(request, self._given.limits.event_bytes)
        if each:
            return await self._take_each(request, [self._verdict(one) for one in read_each(headers, body)])
        verdicts = self._checks.judge_all(read_events(headers, body))
        await self._publish(request, [one for one in verdicts if isinstance(one, CloudEvent)])
        return json_answer(outcome_of(verdicts), 202)

    async def _take_each(self, request: Request, verdicts: Sequence[Verdict]) -> Response:
        await self._publish(request, [one for one in verdicts if isinstance(one, CloudEvent)])
        rejected = [_rejection(index, one) for index, one in enumerate(verdicts) if isinstance(one, Refused)]
        return json_answer({**outcome_of(verdicts), "rejected": rejected}, 207 if rejected else 202)

    async def _publish(self, request: Request, events: Sequence[CloudEvent]) -> None:
        around, brought = enclosing_of(request), trace_brought_by(request)
        await self._publisher.publish([self._publisher.sends.within(event, around, brought) for event in events])

    def _verdict(self, found: CloudEvent | Problem) -> Verdict:
        if isinstance(found, Problem):
            return Refused(Refusal.MALFORMED, found.detail, found.errors)
        return self._checks.judge(found)


def _is_each_taken(request: Request) -> bool:
    """Tell whether `batch=each` was asked for; read by hand, as nearly every request asks for nothing."""
    if not request.scope["query_string"]:
        return False
    found = request.query_params.get("batch", WHOLE)
    if found not in {WHOLE, EACH}:
        fault = f"expected '{WHOLE}' or '{EACH}'; found {found[:100]!r}"
        raise Problem(ProblemType.INVALID, "expected other parameters; see errors", [("query.batch", fault)])
    return found == EACH


def outcome_of(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Tell which events were published, and which were passed over, if there are such."""
    accepted = [identity_of(one) for one in verdicts if isinstance(one, CloudEvent)]
    passed_over = [{**identity_of(one.event), "why": one.why} for one in verdicts if isinstance(one, PassedOver)]
    return {"accepted": accepted, **({"passed_over": passed_over} if passed_over else {})}


def _rejection(index: int, refused: Refused) -> dict[str, object]:
    identity = identity_of(refused.event) if refused.event else {}
    errors = [{"loc": where, "msg": what} for where, what in refused.faults]
    return {"index": index, **identity, "reason": refused.refusal.value, "detail": refused.detail, "errors": errors}
