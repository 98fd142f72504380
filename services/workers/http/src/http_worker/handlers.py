"""The activity of the HTTP worker.

1. A request that may change something carries the idempotency key of its step as `Idempotency-Key`.
2. Where a service is asked again is a heartbeat: the next attempt, also after this worker has died, goes on asking
   there rather than send the request anew.
3. A secret is revealed to the headers of one request, and to nothing that is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urljoin

import aiohttp

from contracts.http import CALL_HTTP, HttpRequest, HttpResponse
from durable import NonRetryable
from durable.ports import Clock
from durable.worker import ActivityContext, Worker
from http_worker.answers import ACCEPTED, POLL_DEFAULT, POLL_MAX, POLL_MIN, asked_wait, read_answer, refuse_busy
from http_worker.secret_headers import SecretHeaders, has_secrets

worker = Worker("http")


@dataclass(frozen=True, slots=True)
class Web:
    """What one call asks with."""

    session: aiohttp.ClientSession
    secrets: SecretHeaders


@worker.handles(CALL_HTTP)
async def call_http(
    request: HttpRequest, session: aiohttp.ClientSession, secrets: SecretHeaders, clock: Clock, ctx: ActivityContext
) -> HttpResponse:
    """Ask, and give the answer whatever its status; one that says busy or broken fails the attempt."""
    web = Web(session, secrets)
    place = _place_of(ctx.last_heartbeat)
    if place is None:
        answer = await _send(web, request, ctx)
        place = str(request.url)
    else:
        answer = await _look(web, request, place)
    while True:
        refuse_busy(answer, place, clock.now())
        location = answer.headers.get("Location")
        if answer.status != ACCEPTED or location is None:
            return answer
        place = urljoin(place, location)
        ctx.heartbeat({"location": place})
        await asyncio.sleep(_pause(asked_wait(answer, clock.now())))
        answer = await _look(web, request, place)


async def _send(web: Web, request: HttpRequest, ctx: ActivityContext) -> HttpResponse:
    url = str(request.url)
    headers = {"Idempotency-Key": ctx.idempotency_key, **await web.secrets.to_send(request.headers, url)}
    return await _ask(web, request, request.method, url, headers)


async def _look(web: Web, request: HttpRequest, place: str) -> HttpResponse:
    headers = await web.secrets.to_look(request.headers, place)
    return await _ask(web, request.model_copy(update={"body": None}), "GET", place, headers)


async def _ask(web: Web, request: HttpRequest, method: str, url: str, headers: dict[str, str]) -> HttpResponse:
    timeout = aiohttp.ClientTimeout(total=request.seconds)
    follow = not has_secrets(request.headers)
    try:
        async with web.session.request(
            method, url, json=request.body, headers=headers, timeout=timeout, allow_redirects=follow
        ) as response:
            return await read_answer(response)
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise NonRetryable(f"expected an address that can be asked; found {url!r:.200}: {error}") from error


def _place_of(detail: object) -> str | None:
    location = detail.get("location") if isinstance(detail, dict) else None
    return location if isinstance(location, str) else None


def _pause(asked: timedelta | None) -> float:
    return min(max(asked if asked is not None else POLL_DEFAULT, POLL_MIN), POLL_MAX).total_seconds()
