"""Takes what Event Grid delivers to a webhook: the handshake of a subscription, and its events.

1. Event Grid marks each request by header `aeg-event-type`, whatever schema the events are in.
2. It tries again after any answer but 2xx, 400, 401, 403 and 413, for up to a day. What will never be taken is
   answered with 400, then, and what may be later with 429 or 503.
3. It has no half of a batch. If some of the events can be taken, they are, the others become dead letters here, and the
   answer is 200; only if none can, it is 400, and Event Grid does with them as its subscription says.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import unquote

import orjson
from cloudevents.core.bindings.http import CE_PREFIX
from fastapi import Request, Response

from durable.http.answers import json_answer
from durable.http.body import body_of
from durable.http.problem import Problem, ProblemType
from durable.http.tracing import enclosing_of
from ingestor.checked import Refusal
from ingestor.dead_letters import Incoming
from ingestor.ingestion import Ingestion
from ingestor.intake import Sorted
from ingestor.malformed import malformed
from ingestor.publishing import identity_of
from ingestor.received import records_of

GRID_KIND = "aeg-event-type"
ORIGIN = "event-grid"
# An event of Event Grid has at most 1 MB, and a batch is filled up to about as much.
DELIVERY_BYTES_MAX = 1536 * 1024
_FAREWELLS = frozenset({"unsubscribe", "subscriptiondeletion"})
_log = logging.getLogger("ingestor")


class GridHook:
    """Answers what comes from Event Grid."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._given = ingestion.given
        self._intake = ingestion.intake
        self._publisher = ingestion.publisher

    async def take(self, headers: Mapping[str, str], request: Request) -> Response:
        """Confirm a subscription, or take a delivery.

        Raises:
            Problem: nothing of it can be taken, or not now.
        """
        kind = headers[GRID_KIND].lower()
        if kind == "notification":
            self._publisher.room.check_open()
            return await self._take(headers, await body_of(request, DELIVERY_BYTES_MAX), request)
        if kind == "subscriptionvalidation":
            return json_answer({"validationResponse": _code_in(await body_of(request, DELIVERY_BYTES_MAX))})
        if kind in _FAREWELLS:
            _log.info("event subscription %r ended", headers.get("aeg-subscription-name", ""))
            return json_answer({})
        raise malformed(
            f"expected header {GRID_KIND} of Notification, SubscriptionValidation or Unsubscribe; found {kind[:100]!r}"
        )

    async def _take(self, headers: Mapping[str, str], body: bytes, request: Request) -> Response:
        around = enclosing_of(request)
        found = self._intake.sort(self._incoming(headers, body), around)
        if _is_nothing_for_us(found):
            raise _nothing_taken(found)
        for letter, _ in found.refused:
            await self._intake.keep(letter)
        await self._publisher.publish([self._publisher.sends.within(event, around, {}) for event in found.taken])
        return json_answer(
            {
                "accepted": [identity_of(event) for event in found.taken],
                "passed_over": [identity_of(one.event) for one in found.passed_over],
                "dead_letters": [letter.id for letter, _ in found.refused],
            }
        )

    def _incoming(self, headers: Mapping[str, str], body: bytes) -> Incoming:
        # In binary mode the attributes are headers; on a broker they would be properties.
        attributes = {
            f"cloudEvents:{name.removeprefix(CE_PREFIX)}": unquote(value)
            for name, value in headers.items()
            if name.startswith(CE_PREFIX)
        }
        subscription = headers.get("aeg-subscription-name", "")
        return Incoming(ORIGIN, subscription, self._given.clock.now(), body, "application/json", attributes)


def _code_in(body: bytes) -> str:
    records = records_of(body)
    data = records[0].get("data") if records and isinstance(records[0], dict) else None
    code = data.get("validationCode") if isinstance(data, dict) else None
    if not isinstance(code, str) or not code:
        raise malformed(
            "expected a validation event with text in data.validationCode",
            [("0.data.validationCode", f"expected text; found {orjson.dumps(code).decode()[:100]}")],
        )
    return code


def _is_nothing_for_us(found: Sorted) -> bool:
    """Tell whether all is refused for good; what failed by a fault of this service is kept instead."""
    refusals = {refused.refusal for _, refused in found.refused}
    return bool(refusals) and Refusal.FAILED not in refusals and not found.taken and not found.passed_over


def _nothing_taken(found: Sorted) -> Problem:
    faults = [
        (f"{index}.{where}", what) for index, (_, refused) in enumerate(found.refused) for where, what in refused.faults
    ]
    details = "; ".join(dict.fromkeys(refused.detail for _, refused in found.refused[:10]))
    return Problem(ProblemType.MALFORMED, f"none of these events can be taken: {details}", faults)
