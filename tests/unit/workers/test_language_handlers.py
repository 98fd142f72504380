from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from dishka import Provider, Scope

from contracts.language import (
    ANALYZE_TEXT,
    COMPLETE_CHAT,
    EMBED_TEXT,
    AnalyzeText,
    CompleteChat,
    EmbedText,
    TextAnalysis,
    WrittenCompletion,
    WrittenEmbedding,
)
from contracts.locations import Location
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from durable.settings import Environment
from durable.stores import ObjectStores
from language_worker.handlers import worker
from language_worker.parts import parts_from
from language_worker.reading import OBJECT_BYTES_MAX
from tests.support.handlers import Calls, calls_to

TEXT = "The harbour crane was inspected in March. It passed."
OUT = Location(name="out/result")


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    stores = Provider(scope=Scope.APP)
    stores.provide(lambda: ObjectStores(objects, {}), provides=ObjectStores)
    async with calls_to(worker, objects, stores, *parts_from(Environment({})).providers) as calls:
        yield calls


async def test_a_text_is_analysed_by_what_is_asked_for(calls: Calls) -> None:
    asked = AnalyzeText(text="A great crane, delivered on 3 March 2026.", operations=["entities", "sentiment"])

    analysis: TextAnalysis = await calls.call(ANALYZE_TEXT, asked)

    assert analysis.sentiment is not None
    assert analysis.sentiment.label == "positive"
    assert [entity.type for entity in analysis.entities or []] == ["DateTime"]
    assert analysis.key_phrases is None


async def test_a_vector_is_written_as_an_indented_array_and_stands_in_no_result(
    calls: Calls, objects: ObjectStore
) -> None:
    written: WrittenEmbedding = await calls.call(EMBED_TEXT, EmbedText(text=TEXT, target=OUT))

    data = await objects.get("out/result")
    assert data.startswith(b"[\n  ")
    assert len(orjson.loads(data)) == written.dimensions == 256
    assert written == WrittenEmbedding(object=OUT, size=len(data), model="hashed-256-v1", dimensions=256)


async def test_the_text_of_an_object_has_the_same_vector_as_the_text(calls: Calls, objects: ObjectStore) -> None:
    await objects.put("in/text", TEXT.encode())
    await calls.call(EMBED_TEXT, EmbedText(text=TEXT, target=OUT))

    await calls.call(EMBED_TEXT, EmbedText(source=Location(name="in/text"), target=Location(name="out/other")))

    assert await objects.get("out/other") == await objects.get("out/result")


async def test_a_prompt_is_completed_from_the_text_of_an_object(calls: Calls, objects: ObjectStore) -> None:
    await objects.put("in/text", TEXT.encode())
    asked = CompleteChat.model_validate(
        {
            "prompt": {"name": "summarize", "version": 1},
            "variables": {"document": {"name": "in/text"}, "sentences": 1},
            "target": {"name": "out/result"},
        }
    )

    first: WrittenCompletion = await calls.call(COMPLETE_CHAT, asked)
    second: WrittenCompletion = await calls.call(COMPLETE_CHAT, asked)

    assert await objects.get("out/result") == b"The harbour crane was inspected in March."
    assert first == second
    assert (first.size, first.finish_reason) == (41, "stop")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xfe\x00", "expected text in UTF-8 in 'in/text'; found another byte at position 0"),
        (b" \n", "found nothing but white space"),
        (b"a" * (OBJECT_BYTES_MAX + 1), f"at most {OBJECT_BYTES_MAX} bytes"),
        (None, "in/text"),
    ],
)
async def test_an_object_that_is_no_text_fails_for_good_and_nothing_is_written(
    calls: Calls, objects: ObjectStore, data: bytes | None, told: str
) -> None:
    if data is not None:
        await objects.put("in/text", data)

    failure: Failure = await calls.call(EMBED_TEXT, EmbedText(source=Location(name="in/text"), target=OUT))

    assert not failure.retryable
    assert told in failure.message
    assert [found async for found in objects.list("out")] == []


async def test_a_store_that_the_deployment_does_not_name_is_not_reached(calls: Calls) -> None:
    failure: Failure = await calls.call(EMBED_TEXT, EmbedText(source=Location(store="elsewhere", name="a"), target=OUT))

    assert not failure.retryable
    assert "found 'elsewhere': see setting OBJECT_STORES" in failure.message


async def test_a_prompt_that_is_not_in_the_catalogue_fails_for_good(calls: Calls) -> None:
    failure: Failure = await calls.call(
        COMPLETE_CHAT, CompleteChat.model_validate({"prompt": {"name": "sing", "version": 1}, "target": {"name": "o"}})
    )

    assert not failure.retryable
    assert "found sing/1" in failure.message
