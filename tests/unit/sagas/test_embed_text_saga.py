from collections.abc import Callable
from typing import Any

import pytest

from contracts.language import EMBED_TEXT, EmbedText, WrittenEmbedding
from contracts.storage import (
    DELETE_LOCATIONS,
    FIND_OBJECT,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
)
from durable import NonRetryable
from durable.events import SagaRejected
from durable.status import Status
from orchestrator.sagas.embed_text import embed_text
from tests.support.drive import Drive, Mode

REQUEST = {"text": "Ahoy", "target": {"store": "archive", "name": "out/greeting"}}
WRITTEN = ("archive", "out/greeting_embeddings.json")


class Workers:
    """The language worker and its stores."""

    def __init__(self, *, broken: bool = False) -> None:
        self.stored: set[tuple[str, str]] = set()
        self.asked: list[EmbedText] = []
        self._broken = broken

    def embed(self, request: EmbedText) -> WrittenEmbedding:
        self.asked.append(request)
        self.stored.add((request.target.store, request.target.name))
        if self._broken:
            raise NonRetryable("the answer got lost")
        return WrittenEmbedding(object=request.target, size=9, model="m", dimensions=256)

    def find(self, request: FindObject) -> FoundObject:
        there = (request.object.store, request.object.name) in self.stored
        return FoundObject(size=1 if there else None)

    def delete(self, request: DeleteLocations) -> DeletedLocations:
        self.stored -= {(location.store, location.name) for location in request.objects}
        return DeletedLocations(count=len(request.objects))

    def run(self, data: object, mode: Mode = Mode.LIVE) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            EMBED_TEXT: self.embed,
            FIND_OBJECT: self.find,
            DELETE_LOCATIONS: self.delete,
        }
        return Drive([embed_text], handlers, mode).start(embed_text, data).finish()


@pytest.mark.parametrize("mode", Mode)
def test_the_vector_is_written_beside_the_target_under_a_name_of_its_own(mode: Mode) -> None:
    workers = Workers()

    drive = workers.run(REQUEST, mode)

    assert drive.status is Status.COMPLETED
    assert workers.stored == {WRITTEN}
    assert drive.instance.output["dimensions"] == 256  # type: ignore[index]


def test_text_and_model_are_handed_on() -> None:
    workers = Workers()

    workers.run({"source": {"name": "in/a.txt"}, "model": "hashed-1024-v1", "target": {"name": "o"}})

    (asked,) = workers.asked
    assert (asked.text, asked.source and asked.source.name, asked.model) == (None, "in/a.txt", "hashed-1024-v1")


@pytest.mark.parametrize("mode", Mode)
def test_a_vector_written_in_doubt_is_removed(mode: Mode) -> None:
    workers = Workers(broken=True)

    assert workers.run(REQUEST, mode).status is Status.COMPENSATED
    assert workers.stored == set()


def test_a_vector_that_lay_there_before_a_failed_run_is_not_deleted() -> None:
    workers = Workers(broken=True)
    workers.stored.add(WRITTEN)

    assert workers.run(REQUEST).status is Status.FAILED
    assert workers.stored == {WRITTEN}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, ["target"]),
        ({"target": {"name": "o"}}, ["either text or source; found neither"]),
        ({"text": "a", "source": {"name": "b"}, "target": {"name": "o"}}, ["either text or source; found both"]),
        ({"text": " ", "model": "no model", "target": {"name": "../o"}}, ["text", "model", "target.name"]),
        ({"text": "a", "target": {"name": "o" * 510}}, ["leaves room for '_embeddings.json'"]),
    ],
)
def test_invalid_input_is_rejected_with_every_reason(data: object, told: list[str]) -> None:
    drive = Workers().run(data)

    assert drive.status is Status.REJECTED
    (rejected,) = drive.of(SagaRejected)
    assert all(text in str(rejected) for text in told), str(rejected)
