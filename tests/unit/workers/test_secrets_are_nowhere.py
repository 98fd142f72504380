"""The test that searches: real sagas over real parts, and then every record, message, object and log line.

1. The vault is served on this machine and asked by the vendor's client, the web service is one too; orchestrator,
   workers, store and broker are those of production over memory.
2. The services are as careless with a secret as can be: they send it back in every way there is.
"""

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from contracts.documents import PDF
from contracts.http import CALL_HTTP, HttpRequest, HttpResponse
from durable import SagaContext, saga
from durable.secrets import SecretSource
from durable.status import Status
from orchestrator import operations
from orchestrator.sagas.secret_to_blob import secret_to_blob
from orchestrator.sagas.split_pdf import split_pdf
from secrets_worker.sealing import Seal
from tests.support.key_vault import KeyVault, key_vault, refusal
from tests.support.samples import sample
from tests.support.secret_search import forms, places
from tests.support.secrets_world import NEW_KEY, ToldSecrets
from tests.support.watched_world import WatchedWorld
from tests.support.web_service import service

TOKEN = "Ktr4/mNq+8=&<zY>\"vW'x%5\\uP-3tQ"
PHRASE = 'früh "am" Mörgen/über den\tFluß\n\\mit 7 Bärten & <Hüten>'
DOCUMENT = {"object": "in/a.pdf", "name": "a.pdf", "media_type": PDF, "size": 1}


@saga("calling")
async def calling(ctx: SagaContext, request: HttpRequest) -> HttpResponse:
    """Call a service, and keep what it says in every place that a saga has."""
    response = await ctx.call(CALL_HTTP, request)
    ctx.set_status(response.body)
    ctx.log.info("it says %s", response.body)
    return response


@pytest.fixture
async def world(caplog: pytest.LogCaptureFixture) -> WatchedWorld:
    caplog.set_level(logging.DEBUG)
    for name in ("secrets_worker", "durable", "azure", "azure.core", "azure.identity", "aiohttp", "msal", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    return WatchedWorld([secret_to_blob, split_pdf, calling], caplog)


@pytest.fixture
async def vault(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[KeyVault, SecretSource]]:
    folder = Path(tmp_path_factory.getbasetemp()) / "key-vault-certificates"
    async with key_vault(folder, monkeypatch) as (vault, source):
        vault.versions |= {"token": [("1" * 32, TOKEN)], "phrase": [("2" * 32, PHRASE)]}
        yield vault, source


def sealing(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "target": {"name": f"sealed/{name}.json"}, "document": {**DOCUMENT, **changes}}


async def test_the_values_of_a_run_that_goes_well_are_nowhere(
    world: WatchedWorld, vault: tuple[KeyVault, SecretSource]
) -> None:
    served, source = vault
    await world.objects.put("in/a.pdf", sample("letter.pdf"))
    async with world.serving(source):
        ends = [await world.outcome("secret-to-blob", sealing(name), name) for name in ("token", "phrase")]

    left = await world.left()
    assert [end.status for end in ends] == [Status.COMPLETED] * 2
    assert Seal({"2026": NEW_KEY}).open(await world.objects.get("sealed/phrase.json"))[0] == PHRASE
    assert all(len(pieces) >= 2 for pieces in left.values()), {kind: len(pieces) for kind, pieces in left.items()}
    assert places([TOKEN, PHRASE, *served.tokens], left) == []


@pytest.mark.parametrize("kind", ["a damaged document", "a document that is gone", "a vault that talks", "no secret"])
async def test_the_values_of_a_run_that_fails_are_nowhere(
    world: WatchedWorld, vault: tuple[KeyVault, SecretSource], kind: str
) -> None:
    served, source = vault
    await world.objects.put("in/a.pdf", b"%PDF-1.7 damaged" if kind == "a damaged document" else sample("letter.pdf"))
    if kind == "a vault that talks":
        served.answers += [
            (503, refusal("Busy", f"can't give {PHRASE}"), {"X-Say": quote(PHRASE)}),
            (403, refusal("Forbidden", f"no, {PHRASE} is not for you", "ForbiddenByRbac"), {}),
        ]
    name = "other" if kind == "no secret" else "phrase"
    changes = {"object": "in/none.pdf"} if kind == "a document that is gone" else {}
    async with world.serving(source):
        end = await world.outcome("secret-to-blob", sealing(name, **changes), "a")

    left = await world.left()
    undone = kind in {"a damaged document", "a document that is gone"}
    assert end.status is (Status.COMPENSATED if undone else Status.FAILED)
    assert left["objects"] == []
    assert places([TOKEN, PHRASE, *served.tokens], left) == []


async def test_a_source_that_quotes_the_value_in_its_error_tells_nothing_of_it(world: WatchedWorld) -> None:
    source = ToldSecrets(phrase=ValueError(f"can't parse line 3: {PHRASE!r} of {PHRASE}"), token=TOKEN)
    async with world.serving(source):
        starting = asyncio.create_task(world.outcome("secret-to-blob", sealing("phrase"), "a"))
        await world.until(lambda: _has(world, b"SecretsUnavailable"))
        source.values["phrase"] = RuntimeError(b64encode(PHRASE.encode()).decode())
        await operations.terminate(world.api, "a")
        await starting

    assert places([PHRASE], await world.left()) == []


def careless(status: int, how: str) -> Any:
    """A service that tells what it was sent in a way of its own."""

    async def answer(request: web.Request) -> web.Response:
        told = request.headers["X-Token"]
        answers = {
            "in JSON": lambda: web.json_response({"you": {told: [told, f"token={told};"]}}, status=status),
            "in its headers": lambda: web.Response(headers={"X-You": told, "X-Url": quote(told)}, status=status),
            "in base64": lambda: web.Response(text=b64encode(f"user:{told}".encode()).decode(), status=status),
            "in JSON in text": lambda: web.Response(text=json.dumps({"a": told}), status=status),
            "as no JSON": lambda: web.Response(text="{" + told, content_type="application/json", status=status),
            "as a place": lambda: web.Response(
                status=status, headers={"Location": f"/jobs/{quote(told)}", "Retry-After": "0"}
            ),
        }
        if request.path.startswith("/jobs/"):
            return web.Response(text=told)
        return answers[how]()

    return answer


WAYS = ("in JSON", "in its headers", "in base64", "in JSON in text", "as no JSON")


@pytest.mark.parametrize(
    ("how", "status"), [*((how, status) for how in WAYS for status in (200, 400, 503)), ("as a place", 202)]
)
async def test_a_header_that_a_careless_service_sends_back_is_nowhere(
    world: WatchedWorld, vault: tuple[KeyVault, SecretSource], how: str, status: int
) -> None:
    _, source = vault
    async with service(careless(status, how)) as url, world.serving(source, url):
        headers = {"X-Token": {"secret": "token"}}
        end = await world.outcome("calling", {"url": url, "headers": headers, "body": {"a": 1}, "method": "POST"}, "a")

    left = await world.left()
    fails = status == 503 or how == "as no JSON"
    assert end.status is (Status.FAILED if fails else Status.COMPLETED)
    assert places([TOKEN], left) == []


@pytest.mark.parametrize("value", [TOKEN, PHRASE])
def test_the_search_finds_a_value_in_each_form(value: str) -> None:
    for name, form in forms(value).items():
        assert places([value], {"log": [b"before" + form + b"behind"]}), name
    hidden = [b64encode(("p" * before + value + "tail").encode()) for before in range(4)]
    assert len(places([value], {"objects": hidden})) >= len(hidden)


async def _has(world: WatchedWorld, words: bytes) -> bool:
    return any(words in record for record in world.records_seen)
