import logging
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from contracts.language import (
    ANALYZE_TEXT,
    COMPLETE_CHAT,
    EMBED_TEXT,
    AnalyzeText,
    EmbedText,
    Entity,
    Sentiment,
    SentimentScores,
    TextAnalysis,
)
from durable.adapters.objects import objects_from
from durable.objects import ObjectStore
from tests.support.azure_texts import Scripted, Texts, azure_texts
from tests.support.handlers import Calls
from tests.support.language_world import CHAT, EACH, EMBED, MARK, OUT, TEXT, language_calls


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


async def test_each_operation_is_asked_of_the_language_service(texts: Texts, calls: Calls) -> None:
    asked = AnalyzeText(text=TEXT, operations=["sentiment", "key-phrases", "entities"], language="de")

    analysis = await calls.call(ANALYZE_TEXT, asked)

    assert analysis == TextAnalysis(
        sentiment=Sentiment(label="mixed", scores=SentimentScores(positive=0.43, neutral=0.04, negative=0.53)),
        key_phrases=["food", "service"],
        entities=[Entity(text="last week", type="DateTime", offset=18, length=9, confidence=0.8)],
    )
    assert texts.account.seen == ["POST /language/:analyze-text?api-version=2023-04-01"] * 3
    assert {body["kind"] for body in texts.bodies} == {"SentimentAnalysis", "KeyPhraseExtraction", "EntityRecognition"}
    assert all(
        body["analysisInput"]["documents"] == [{"id": "0", "language": "de", "text": TEXT}] for body in texts.bodies
    )


async def test_the_service_is_asked_to_log_nothing_and_to_count_characters(texts: Texts, calls: Calls) -> None:
    await calls.call(ANALYZE_TEXT, AnalyzeText(text=TEXT, operations=["entities"]))

    (body,) = texts.bodies
    assert body["parameters"]["loggingOptOut"] is True
    assert body["parameters"]["stringIndexType"] == "UnicodeCodePoint"


async def test_a_vector_comes_of_the_deployment_of_the_settings_or_of_the_request(
    texts: Texts, calls: Calls, objects: ObjectStore
) -> None:
    written = await calls.call(EMBED_TEXT, EMBED)
    other = await calls.call(EMBED_TEXT, EmbedText(text=TEXT, target=OUT, model="ada"))

    assert (written.model, written.dimensions, other.model) == ("vectors", 3, "ada")
    assert orjson.loads(await objects.get("out/result")) == [0.6, -0.8, 0.0]
    assert [(body["input"], body["model"]) for body in texts.bodies] == [([TEXT], "vectors"), ([TEXT], "ada")]


async def test_a_prompt_goes_to_the_model_with_its_limits(texts: Texts, calls: Calls, objects: ObjectStore) -> None:
    written = await calls.call(COMPLETE_CHAT, CHAT)

    assert await objects.get("out/result") == b"It passed."
    assert (written.model, written.finish_reason) == ("talker", "stop")
    assert (written.tokens.prompt, written.tokens.completion) == (57, 3)
    (body,) = texts.bodies
    assert (body["max_completion_tokens"], body["temperature"], body["top_p"]) == (99, 0.2, 0.9)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert MARK not in body["messages"][0]["content"]
    assert MARK in body["messages"][1]["content"]


async def test_a_completion_that_was_cut_short_says_so(texts: Texts, calls: Calls) -> None:
    texts.finish_reason = "length"

    assert (await calls.call(COMPLETE_CHAT, CHAT)).finish_reason == "length"


async def test_the_services_are_asked_by_identity(texts: Texts, calls: Calls) -> None:
    for activity, request in EACH:
        await calls.call(activity, request)

    assert texts.account.tokens == {"a-token"}


async def test_nothing_of_a_text_gets_into_the_logs(
    texts: Texts, calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts.completion = f"{MARK} it was."

    for activity, request in EACH:
        await calls.call(activity, request)
        texts.script(Scripted(400, {"error": {"code": "Bad", "message": MARK}}))
        await calls.call(activity, request)

    assert len(caplog.records) > 5
    assert not [record for record in caplog.records if MARK in record.getMessage() or MARK in str(record.__dict__)]
