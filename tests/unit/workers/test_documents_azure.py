import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfWriter

from contracts.documents import CSV, DOCX, HTML, PDF
from documents_worker.converter import Converter
from documents_worker.parts import parts_from
from documents_worker.providers.azure_converter import azure_converter
from documents_worker.settings import documents_settings
from durable import NonRetryable, RetryAfter
from durable.adapters.clock import SystemClock
from durable.errors import SettingsInvalid, TransientError
from durable.settings import Environment
from durable.worker.threads import Threads
from tests.support.azure_account import Account, Identity, Refusal, Silence, serving
from tests.support.azure_documents import MARKDOWN, RUNNING, Documents, done, failed, refused
from tests.support.samples import sample

LETTER = sample("letter.pdf")
POLLING_SECONDS = 0.01


def encrypted(data: bytes) -> bytes:
    file = io.BytesIO()
    with PdfWriter(clone_from=io.BytesIO(data)) as writer:
        writer.encrypt("secret", "owner", algorithm="AES-256")
        writer.write(file)
    return file.getvalue()


@asynccontextmanager
async def at_azure(served: Documents, seconds: float = 20) -> AsyncIterator[tuple[Converter, Account]]:
    account = Account()
    async with serving(account, served.answer, refused):
        made = azure_converter(account.url, seconds, POLLING_SECONDS)
        provider = made(Identity(), SystemClock(), Threads(2))
        yield await anext(provider), account
        async for _ in provider:
            pass


async def test_a_document_is_sent_as_it_is_and_asked_for_until_it_is_done() -> None:
    served = Documents(RUNNING, RUNNING, done())

    async with at_azure(served) as (azure, account):
        markdown = await azure.markdown(LETTER, PDF)

    assert markdown == MARKDOWN
    assert served.sent == [("application/octet-stream", LETTER)]
    assert [line.split()[0] for line in account.seen] == ["POST", "GET", "GET", "GET"]
    assert account.tokens == {"a-token"}


async def test_scanned_images_are_read_too() -> None:
    served = Documents(done("Total 3"))

    async with at_azure(served) as (azure, _):
        assert await azure.markdown(b"\x89PNG...", "image/png") == "Total 3\n"


async def test_what_the_service_has_no_reader_for_is_converted_here() -> None:
    served = Documents()

    async with at_azure(served) as (azure, _):
        assert "Valpara" in await azure.markdown(sample("tides.csv"), CSV)

    assert served.sent == []


@pytest.mark.parametrize(
    ("data", "media_type", "told"),
    [
        (sample("empty.pdf"), PDF, "found an empty file"),
        (sample("corrupt.pdf"), PDF, "it is damaged"),
        (sample("damaged-page.pdf"), PDF, "page 4 is damaged"),
        (encrypted(LETTER), PDF, "opens without a password; found one that is encrypted"),
        (LETTER, DOCX, "found a PDF"),
        (LETTER, HTML, "found a PDF"),
        (b"", "image/png", "expected image/png; found an empty file"),
        (b"x", "application/zip", "expected one of"),
    ],
)
async def test_what_is_no_such_document_is_refused_before_it_is_sent(data: bytes, media_type: str, told: str) -> None:
    served = Documents()

    async with at_azure(served) as (azure, account):
        with pytest.raises(NonRetryable, match=told):
            await azure.markdown(data, media_type)

    assert account.seen == []


async def refusal_of(*refusals: Refusal | Silence, states: tuple[dict[str, Any], ...] = ()) -> tuple[Exception, int]:
    """Give what a conversion raises, and how many requests it took."""
    async with at_azure(Documents(*states)) as (azure, account):
        account.refuse(*refusals)
        with pytest.raises((NonRetryable, RetryAfter, TransientError)) as caught:
            await azure.markdown(LETTER, PDF)
        return caught.value, len(account.seen)


async def test_a_busy_service_says_when_to_come_back_and_is_not_asked_before() -> None:
    error, asked = await refusal_of(Refusal(429, "TooManyRequests", retry_after=17))

    assert isinstance(error, RetryAfter)
    assert error.delay == timedelta(seconds=17)
    assert asked == 1


@pytest.mark.parametrize(
    ("refusal", "kind", "told"),
    [
        (Refusal(429, "TooManyRequests"), TransientError, "429"),
        (Refusal(500, "InternalServerError"), TransientError, "500"),
        (Refusal(503, "ServiceUnavailable"), TransientError, "503"),
        (Refusal(400, "InvalidContent"), NonRetryable, "400 (InvalidRequest/InvalidContent), request r-3"),
        (Refusal(401, "PermissionDenied"), NonRetryable, "401"),
        (Refusal(404, "ModelNotFound"), NonRetryable, "404"),
        (Refusal(413, "ContentTooLarge"), NonRetryable, "413"),
        (Silence(), TransientError, "it did not"),
    ],
)
async def test_a_refusal_is_told_by_status_and_codes_and_nothing_that_was_sent(
    refusal: Refusal | Silence, kind: type[Exception], told: str
) -> None:
    error, asked = await refusal_of(refusal)

    assert type(error) is kind
    assert told in str(error)
    assert "sesame" not in str(error)
    assert asked == 1


@pytest.mark.parametrize(("status", "kind"), [(500, TransientError), (404, NonRetryable)])
async def test_an_analysis_that_can_no_longer_be_asked_for_is_told(status: int, kind: type[Exception]) -> None:
    served = Documents()
    served.gone = Refusal(status, "Gone")

    async with at_azure(served) as (azure, _):
        with pytest.raises(kind, match=str(status)):
            await azure.markdown(LETTER, PDF)


@pytest.mark.parametrize(("code", "kind"), [("InvalidContent", NonRetryable), ("InternalServerError", TransientError)])
async def test_an_analysis_that_fails_is_told_with_its_code(code: str, kind: type[Exception]) -> None:
    error, _ = await refusal_of(states=(RUNNING, failed(code)))

    assert type(error) is kind
    assert f"it failed ({code})" in str(error)
    assert "sesame" not in str(error)


async def test_an_analysis_that_is_never_done_ends_in_time() -> None:
    begun = time.monotonic()

    async with at_azure(Documents(RUNNING), seconds=0.3) as (azure, _):
        with pytest.raises(TransientError, match=r"to be done within 0\.3 seconds; it was not"):
            await azure.markdown(LETTER, PDF)

    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    "state", [done(content=None), {"status": "succeeded"}, {"status": "succeeded", "analyzeResult": 3}]
)
async def test_an_answer_that_cannot_be_read_may_be_asked_for_again(state: dict[str, Any]) -> None:
    error, _ = await refusal_of(states=(state,))

    assert type(error) is TransientError
    assert "found one that can't be read" in str(error)


async def test_a_document_without_text_is_told_to_have_none() -> None:
    error, _ = await refusal_of(states=(done(" \n---\n"),))

    assert type(error) is NonRetryable
    assert "Document Intelligence found none" in str(error)


def test_without_an_endpoint_documents_are_converted_here() -> None:
    settings = documents_settings(Environment({}))

    assert (settings.provider, settings.bytes_max) == ("embedded", 100 << 20)


def test_an_endpoint_turns_to_azure_unless_told_otherwise() -> None:
    endpoint = {"AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT": "https://documents.cognitiveservices.azure.com"}

    assert documents_settings(Environment(endpoint)).provider == "azure"
    assert documents_settings(Environment({**endpoint, "DOCUMENTS_PROVIDER": "embedded"})).provider == "embedded"
    assert parts_from(Environment(endpoint)).providers


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"DOCUMENTS_PROVIDER": "azure"}, "AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT: expected an address"),
        ({"AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT": "http://far.example"}, "expected an address like https://"),
        ({"DOCUMENTS_PROVIDER": "mine"}, "DOCUMENTS_PROVIDER: expected one of azure, embedded; found 'mine'"),
        ({"DOCUMENT_BYTES_MAX": "0"}, "DOCUMENT_BYTES_MAX"),
    ],
)
def test_wrong_settings_are_told(values: dict[str, str], told: str) -> None:
    environment = Environment(values)

    documents_settings(environment)

    with pytest.raises(SettingsInvalid, match=told):
        environment.done()
