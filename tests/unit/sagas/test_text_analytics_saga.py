from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.language import (
    ANALYZE_TEXT,
    WRITE_ANALYSES,
    AnalyzeText,
    TextAnalysis,
    WriteAnalyses,
    WrittenAnalyses,
)
from contracts.locations import Location
from contracts.storage import (
    DELETE_LOCATIONS,
    FIND_OBJECT,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
)
from durable import NonRetryable, RetryAfter
from durable.events import SagaRejected
from durable.status import Status
from language_worker.results import results_file
from orchestrator.sagas.text_analytics import TEXTS_AT_ONCE, text_analytics
from tests.support.drive import Drive, Mode
from tests.support.in_flight import most_in_flight

TARGET = Location(name="out/results.json")


class Workers:
    """The language worker, whose key phrase for a text is the text, and a store."""

    def __init__(self, *broken: str, disk_full: bool = False) -> None:
        self.stored: dict[str, bytes] = {}
        self.busy = 0
        self._broken = broken
        self._disk_full = disk_full

    def analyze(self, request: AnalyzeText) -> TextAnalysis:
        if self.busy:
            self.busy -= 1
            raise RetryAfter(timedelta(seconds=20), "busy")
        if request.text in self._broken:
            raise NonRetryable("the service does not take the text")
        return TextAnalysis(key_phrases=[request.text])

    def write(self, request: WriteAnalyses) -> WrittenAnalyses:
        if self._disk_full:
            # As where the answer got lost: the object is there, and the attempt failed.
            self.stored.setdefault(request.target.name, b"half")
            raise NonRetryable("the disk is full")
        self.stored[request.target.name] = results_file(request.results)
        failed = sum(result.analysis is None for result in request.results)
        return WrittenAnalyses(object=request.target, size=1, texts=len(request.results), failed=failed)

    def find(self, request: FindObject) -> FoundObject:
        found = self.stored.get(request.object.name)
        return FoundObject(size=None if found is None else len(found))

    def delete(self, request: DeleteLocations) -> DeletedLocations:
        for location in request.objects:
            self.stored.pop(location.name, None)
        return DeletedLocations(count=len(request.objects))

    def run(self, texts: list[str], mode: Mode = Mode.LIVE, **more: object) -> Drive:
        request = {"operations": ["key-phrases"], "texts": texts}
        data = {"target": TARGET.model_dump(), "requests": [request], **more}
        return self.start(data, mode).finish()

    def start(self, data: object, mode: Mode = Mode.LIVE) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            ANALYZE_TEXT: self.analyze,
            WRITE_ANALYSES: self.write,
            FIND_OBJECT: self.find,
            DELETE_LOCATIONS: self.delete,
        }
        return Drive([text_analytics], handlers, mode).start(text_analytics, data)

    @property
    def results(self) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = orjson.loads(self.stored[TARGET.name])["results"]
        return results


@pytest.mark.parametrize("mode", Mode)
def test_what_is_found_is_written_in_the_order_of_the_texts(mode: Mode) -> None:
    workers = Workers()
    texts = [f"text {number}" for number in range(40)]

    drive = workers.run(texts, mode)

    assert drive.status is Status.COMPLETED
    assert workers.results == [{"originalText": text, "keyPhrases": [text]} for text in texts]
    assert drive.instance.output["texts"] == 40  # type: ignore[index]


def test_so_many_texts_are_analysed_at_a_time() -> None:
    assert most_in_flight(Workers().run([f"text {number}" for number in range(40)]).history) == TEXTS_AT_ONCE


def test_each_request_has_its_own_operations_and_language() -> None:
    drive = Workers().start(
        {
            "target": {"name": "out/results.json"},
            "requests": [
                {"operations": ["sentiment"], "texts": ["a"]},
                {"operations": ["entities", "key-phrases"], "texts": ["b", "c"], "language": "de"},
            ],
        }
    )

    seen = [AnalyzeText.model_validate(input) for name, input in drive.effects if name == ANALYZE_TEXT.name]
    assert [(asked.text, asked.operations, asked.language) for asked in seen] == [
        ("a", ["sentiment"], "en"),
        ("b", ["entities", "key-phrases"], "de"),
        ("c", ["entities", "key-phrases"], "de"),
    ]


@pytest.mark.parametrize("mode", Mode)
def test_a_text_that_cannot_be_analysed_fails_the_run_and_nothing_is_written(mode: Mode) -> None:
    workers = Workers("b")

    drive = workers.run(["a", "b", "c"], mode)

    assert drive.status is Status.FAILED
    assert workers.stored == {}
    assert "found 1: text 2: the service does not take the text" in drive.instance.failure.message  # type: ignore[union-attr]


def test_a_text_that_may_fail_has_its_reason_in_its_place() -> None:
    workers = Workers("b")

    drive = workers.run(["a", "b", "c"], failures_max=1)

    assert drive.status is Status.COMPLETED
    assert drive.instance.output["failed"] == 1  # type: ignore[index]
    assert [result["originalText"] for result in workers.results] == ["a", "b", "c"]
    assert "the service does not take the text" in workers.results[1]["error"]


def test_one_failure_more_than_is_allowed_fails_the_run() -> None:
    workers = Workers("b", "c")

    assert workers.run(["a", "b", "c"], failures_max=1).status is Status.FAILED
    assert workers.stored == {}


def test_a_busy_service_is_asked_again_when_it_says() -> None:
    workers = Workers()
    workers.busy = 3

    drive = workers.run(["a", "b"])

    assert drive.status is Status.COMPLETED
    assert len(workers.results) == 2


def test_a_target_written_in_doubt_is_removed() -> None:
    workers = Workers(disk_full=True)

    assert workers.run(["a"]).status is Status.COMPENSATED
    assert workers.stored == {}


def test_what_lay_at_the_target_before_a_failed_run_stays() -> None:
    workers = Workers(disk_full=True)
    workers.stored[TARGET.name] = b"yesterday's"

    assert workers.run(["a"]).status is Status.FAILED
    assert workers.stored == {TARGET.name: b"yesterday's"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, ["target", "requests"]),
        ({"target": {"name": ""}, "requests": []}, ["target.name", "requests"]),
        (
            {"target": {"name": "o"}, "requests": [{"operations": [], "texts": []}]},
            ["requests.0.operations", "requests.0.texts"],
        ),
        (
            {"target": {"name": "o"}, "requests": [{"operations": ["sing"], "texts": ["", " ", "a" * 5121]}]},
            ["requests.0.operations.0", "requests.0.texts.0", "requests.0.texts.1", "requests.0.texts.2"],
        ),
        (
            {"target": {"name": "o"}, "requests": [{"operations": ["sentiment"] * 2, "texts": ["a"]}]},
            ["each operation"],
        ),
        (
            {"target": {"name": "o"}, "requests": [{"operations": ["sentiment"], "texts": ["a"] * 600}] * 2},
            ["at most 1000 texts in all requests; found 1200"],
        ),
    ],
)
def test_invalid_input_is_rejected_with_every_reason(data: object, told: list[str]) -> None:
    drive = Workers().start(data)

    assert drive.status is Status.REJECTED
    (rejected,) = drive.of(SagaRejected)
    assert all(text in str(rejected) for text in told), str(rejected)
