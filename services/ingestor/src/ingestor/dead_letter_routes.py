"""Shows dead letters over HTTP, sends them on their way again, and throws them away."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from durable.http.answers import json_answer
from durable.http.problem import Problem, ProblemType
from durable.http.tracing import enclosing_of
from ingestor.dead_letters import DeadLetter, Incoming
from ingestor.ingestion import Ingestion
from ingestor.publishing import identity_of

LIMIT_DEFAULT = 50
LIMIT_MAX = 200


class DeadLetterRoutes:
    """Answers `/dead-letters` and what lies below it."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._checks = ingestion.checks
        self._intake = ingestion.intake
        self._letters = ingestion.letters
        self._publisher = ingestion.publisher

    async def list(
        self, *, limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT, continuation: str = ""
    ) -> Response:
        """List dead letters, newest first, without what they hold."""
        letters, more = await self._letters.page(limit, continuation)
        shown = [letter.model_dump(mode="json", exclude={"body", "encoding", "properties"}) for letter in letters]
        return json_answer({"dead_letters": shown, "continuation": more})

    async def get(self, id: str) -> Response:
        """Show a dead letter with what it holds."""
        return json_answer((await self._find(id)).model_dump(mode="json"))

    async def replay(self, request: Request, id: str) -> Response:
        """Judge a dead letter by what is known now and publish it; not taken, it stays. A repeat is harmless."""
        letter = await self._find(id)
        kept, around = letter.properties, enclosing_of(request)
        found = self._intake.sort(
            Incoming(letter.origin, letter.message, letter.at, letter.content(), letter.content_type, kept), around
        )
        if found.refused:
            raise self._checks.problem_of(found.refused[0][1])
        await self._publisher.publish([self._publisher.sends.again(event, around, kept) for event in found.taken])
        await self._letters.delete(id)
        accepted = [identity_of(event) for event in found.taken]
        passed_over = [{**identity_of(one.event), "why": one.why} for one in found.passed_over]
        return json_answer({"accepted": accepted, **({"passed_over": passed_over} if passed_over else {})}, 202)

    async def discard(self, id: str) -> Response:
        """Throw a dead letter away."""
        await self._find(id)
        await self._letters.delete(id)
        return Response(status_code=204)

    async def _find(self, id: str) -> DeadLetter:
        letter = await self._letters.get(id)
        if letter is None:
            raise Problem(ProblemType.NOT_FOUND, f"expected the id of a dead letter; found {id[:200]!r}")
        return letter
