from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from contracts.invoices import EXTRACT_INVOICE, ExtractInvoice, Invoice
from contracts.locations import Location
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from samples.invoice_data import CHANDLER
from tests.support.azure_texts import Scripted, Texts, azure_texts
from tests.support.handlers import Calls
from tests.support.language_world import language_calls

DOCUMENT = "# Invoice of the Marlinspike"
EXTRACT = ExtractInvoice(source=Location(name="in/invoice.md"), max_tokens=5_000)
WRONG = orjson.dumps({**CHANDLER, "total": "1.00"}).decode()


@pytest.fixture
async def texts() -> AsyncIterator[Texts]:
    async with azure_texts() as texts:
        texts.completion = orjson.dumps(CHANDLER).decode()
        yield texts


@pytest.fixture
async def objects(tmp_path: Path) -> ObjectStore:
    objects = objects_from(tmp_path.as_uri())
    await objects.put("in/invoice.md", DOCUMENT.encode())
    return objects


@pytest.fixture
async def calls(texts: Texts, objects: ObjectStore) -> AsyncIterator[Calls]:
    async with language_calls(texts, objects) as calls:
        yield calls


async def test_an_invoice_is_read_by_azure_openai(texts: Texts, calls: Calls) -> None:
    assert await calls.call(EXTRACT_INVOICE, EXTRACT) == Invoice.model_validate(CHANDLER)

    (asked,) = texts.bodies
    assert (asked["model"], asked["max_completion_tokens"], asked["temperature"]) == ("talker", 5_000, 0.1)
    assert asked["messages"][1]["content"] == f"<document>\n{DOCUMENT}\n</document>"


async def test_a_wrong_answer_is_sent_back_once_and_what_stays_wrong_is_final(texts: Texts, calls: Calls) -> None:
    texts.completion = WRONG

    failure = await calls.call(EXTRACT_INVOICE, EXTRACT)

    assert isinstance(failure, Failure)
    assert failure.matches("InvalidInvoice")
    assert not failure.retryable
    assert len(texts.bodies) == 2
    assert "total: expected 2789.93" in texts.bodies[1]["messages"][1]["content"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_service_that_is_unwell_is_asked_again_by_the_saga_alone(
    texts: Texts, calls: Calls, status: int
) -> None:
    texts.script(Scripted(status, {"error": {"code": "busy", "message": DOCUMENT}}))

    failure = await calls.call(EXTRACT_INVOICE, EXTRACT)

    assert isinstance(failure, Failure)
    assert failure.retryable
    assert "Marlinspike" not in failure.message
    assert len(texts.bodies) == 1


async def test_an_answer_that_is_cut_short_is_final(texts: Texts, calls: Calls) -> None:
    texts.finish_reason = "length"

    failure = await calls.call(EXTRACT_INVOICE, EXTRACT)

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert "of at most 5000 tokens; found one that was cut short" in failure.message
