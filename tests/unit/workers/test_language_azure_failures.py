from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError

from contracts.language import ANALYZE_TEXT, COMPLETE_CHAT
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from tests.support.azure_account import Identity, Silence
from tests.support.azure_texts import CONTENT_FILTER, Scripted, Texts, azure_texts, document_error
from tests.support.handlers import Calls
from tests.support.language_world import ANALYZE, CHAT, EACH, MARK, NAMES, AnyActivity, language_calls


class Nobody(Identity):
    """A credential where there is none to be had."""

    async def get_token(self, *scopes: str, **_: Any) -> Any:
        raise ClientAuthenticationError("no identity here")


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def texts() -> AsyncIterator[Texts]:
    async with azure_texts() as texts:
        yield texts


@pytest.fixture
async def calls(texts: Texts, objects: ObjectStore) -> AsyncIterator[Calls]:
    async with language_calls(texts, objects) as calls:
        yield calls


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Scripted(429, {"error": {"code": "429"}}, {"Retry-After": "17"}), 17),
        (Scripted(429, {"error": {"code": "429"}}, {"Retry-After": "17", "retry-after-ms": "1500"}), 1.5),
        (Scripted(503, {"error": {"code": "ServiceUnavailable"}}, {"Retry-After": "99999"}), 3600),
        (Scripted(500, {"error": {"code": "InternalServerError"}}), None),
        (Scripted(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}), None),
        (Scripted(408, {"error": {"code": "Timeout"}}), None),
    ],
    ids=["429", "429-ms", "503-long", "500", "502-html", "408"],
)
async def test_a_service_that_is_busy_or_broken_may_be_asked_again_when_it_says(
    texts: Texts, calls: Calls, activity: AnyActivity, request_: object, answer: Scripted, wait: float | None
) -> None:
    texts.script(answer)

    failure: Failure = await calls.call(activity, request_)

    assert (failure.retryable, failure.retry_after) == (True, wait)
    assert f"it answered {answer.status}" in failure.message
    assert len(texts.bodies) == 1


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "InvalidRequest"), (401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound")]
)
async def test_what_a_service_refuses_fails_for_good_with_its_code_and_without_its_words(
    texts: Texts, calls: Calls, activity: AnyActivity, request_: object, status: int, code: str
) -> None:
    error = {"error": {"code": code, "message": f"not with {MARK}"}}
    texts.script(Scripted(status, error, {"apim-request-id": "41d9", "x-request-id": "41d9"}))

    failure: Failure = await calls.call(activity, request_)

    assert not failure.retryable
    assert f"it answered {status} ({code}), request 41d9" in failure.message
    assert MARK not in repr(failure)


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
@pytest.mark.parametrize(
    "body", [b'{"kind": "Sent', b"{}", b"[]", b"null", b'{"results": {}, "data": [], "choices": []}']
)
async def test_an_answer_that_cannot_be_read_may_be_asked_for_again(
    texts: Texts, calls: Calls, objects: ObjectStore, activity: AnyActivity, request_: object, body: bytes
) -> None:
    texts.script(Scripted(200, body))

    failure: Failure = await calls.call(activity, request_)

    assert failure.retryable
    assert "found one that can't be read" in failure.message
    assert [found async for found in objects.list("out")] == []


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
@pytest.mark.parametrize("value", [[MARK], {"entities": MARK}, MARK])
async def test_what_a_service_sends_that_cannot_be_read_is_not_told(
    texts: Texts, calls: Calls, activity: AnyActivity, request_: object, value: object
) -> None:
    document = {"id": "0", "warnings": [], "sentiment": value, "confidenceScores": value, "sentences": []}
    body = {
        "kind": "SentimentAnalysisResults",
        "results": {"documents": [document], "errors": [], "modelVersion": "1"},
        "data": [{"embedding": value, "index": 0}],
        "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": value, "completion_tokens": value},
    }
    texts.script(Scripted(200, body))

    failure: Failure = await calls.call(activity, request_)

    assert failure.retryable
    assert MARK not in repr(failure)


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
async def test_a_service_that_takes_too_long_or_hangs_up_may_be_asked_again(
    texts: Texts, calls: Calls, activity: AnyActivity, request_: object
) -> None:
    texts.script(Scripted(seconds=1))
    late: Failure = await calls.call(activity, request_)
    texts.account.refuse(Silence())
    silent: Failure = await calls.call(activity, request_)

    for failure in (late, silent):
        assert failure.retryable
        assert "to answer; it did not" in failure.message


@pytest.mark.parametrize(("activity", "request_"), EACH, ids=NAMES)
async def test_without_an_identity_the_attempt_fails_and_says_so(
    texts: Texts, objects: ObjectStore, activity: AnyActivity, request_: object
) -> None:
    async with language_calls(texts, objects, Nobody) as calls:
        failure: Failure = await calls.call(activity, request_)

    assert failure.retryable
    assert "expected an identity for Azure" in failure.message
    assert texts.bodies == []


@pytest.mark.parametrize(("code", "retryable"), [("UnsupportedLanguageCode", False), ("InternalServerError", True)])
async def test_a_document_that_the_language_service_does_not_take_is_told_by_its_code(
    texts: Texts, calls: Calls, code: str, *, retryable: bool
) -> None:
    texts.script(Scripted(200, document_error(code)))

    failure: Failure = await calls.call(ANALYZE_TEXT, ANALYZE)

    assert failure.retryable is retryable
    assert f"to take the text for sentiment; it answered {code}" in failure.message


async def test_a_prompt_that_the_content_filter_stops_fails_for_good(
    texts: Texts, calls: Calls, objects: ObjectStore
) -> None:
    texts.script(Scripted(400, CONTENT_FILTER))

    failure: Failure = await calls.call(COMPLETE_CHAT, CHAT)

    assert not failure.retryable
    assert "it answered 400 (content_filter)" in failure.message
    assert [found async for found in objects.list("out")] == []


async def test_a_completion_that_the_content_filter_stops_fails_for_good_and_is_not_written(
    texts: Texts, calls: Calls, objects: ObjectStore
) -> None:
    texts.finish_reason, texts.completion = "content_filter", "It pas"

    failure: Failure = await calls.call(COMPLETE_CHAT, CHAT)

    assert not failure.retryable
    assert "its content filter held it back" in failure.message
    assert [found async for found in objects.list("out")] == []


@pytest.mark.parametrize("completion", [None, "", " \n"])
async def test_a_model_that_says_nothing_may_be_asked_again(texts: Texts, calls: Calls, completion: str | None) -> None:
    texts.completion = completion

    failure: Failure = await calls.call(COMPLETE_CHAT, CHAT)

    assert failure.retryable
    assert "found an empty one" in failure.message
