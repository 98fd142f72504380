import hashlib
from collections.abc import AsyncIterable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.locations import Location
from contracts.storage import CHECK_OBJECT, COPY_OBJECT, DELETE_LOCATIONS, FIND_OBJECT, BlobCopyRequested, StoredObject
from durable import CloudEvent
from durable.adapters.memory import MemoryObjects
from durable.codec import encode_event
from durable.errors import ObjectNotFound, TransientError
from durable.events import SagaRejected
from durable.objects import ObjectInfo
from durable.status import Status
from durable.stores import ObjectStores
from durable.testing import Mode, Run, SagaEnvironment
from durable.worker import ActivityContext
from orchestrator.sagas import copy_blob
from storage_worker import handlers
from tests.support.drive import Drive

CONTENT = b"the content of a file " * 100
TARGET = Location(store="archive", name="out/a")
REQUEST = BlobCopyRequested(source=Location(name="in/a"), target=TARGET)


class Failing(MemoryObjects):
    """A store that fails so many times at a write, and may change what it was given."""

    def __init__(self, failures: int = 0, *, changes: bool = False) -> None:
        super().__init__()
        self._left = failures
        self._changes = changes

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        if self._left:
            self._left -= 1
            raise TransientError("the disk is full")
        written = await super().put(name, data)
        if self._changes:
            self._objects[name] = self._objects[name][:-1] + b"!"
        return written


class World:
    """The saga over the handlers of the storage worker, with stores in memory."""

    def __init__(self, archive: MemoryObjects | None = None, mode: Mode = Mode.LIVE) -> None:
        self.main, self.archive = MemoryObjects(), archive or MemoryObjects()
        self.main._objects["in/a"] = CONTENT
        self.stores = ObjectStores(self.main, {"archive": self.archive})
        self.environment = SagaEnvironment(
            sagas=[copy_blob],
            handlers={
                FIND_OBJECT: lambda request: handlers.find(request, self.stores),
                COPY_OBJECT: self.copy,
                CHECK_OBJECT: lambda expected, ctx: handlers.check(expected, self.stores, ctx),
                DELETE_LOCATIONS: lambda request: handlers.delete(request, self.stores),
            },
            mode=mode,
        )

    async def copy(self, request: Any, ctx: ActivityContext) -> StoredObject:
        return await handlers.copy(request, self.stores, ctx)

    def run(self, request: BlobCopyRequested = REQUEST) -> Run[Any]:
        run = self.environment.start(copy_blob, request, instance_id="a")
        self.environment.advance(timedelta(hours=1))
        return run

    def activities(self) -> list[str]:
        return [effect[0].removeprefix("storage.") for effect in self.environment.effects]


def history_of(run: Run[Any]) -> bytes:
    return orjson.dumps([encode_event(event) for event in run.history])


@pytest.mark.parametrize("mode", Mode)
def test_an_object_is_copied_and_read_back(mode: Mode) -> None:
    world = World(mode=mode)

    run = world.run()

    assert run.status is Status.COMPLETED
    assert run.result == StoredObject(object=TARGET, size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    assert world.archive._objects == {"out/a": CONTENT}


def test_no_content_stands_in_the_history() -> None:
    run = World().run()

    assert b"the content" not in history_of(run)
    assert len(history_of(run)) < 10_000


def test_a_store_that_fails_for_a_while_is_tried_again() -> None:
    world = World(Failing(4))

    assert world.run().status is Status.COMPLETED
    assert world.activities().count("copy-object") == 5


def test_a_write_that_fails_is_never_reported_as_done() -> None:
    world = World(Failing(5))

    run = world.run()

    assert run.status is Status.COMPENSATED
    assert run.failure is not None
    assert "the disk is full" in run.failure.message
    assert world.archive._objects == {}


@pytest.mark.parametrize("older", [{}, {"out/a": b"older"}])
@pytest.mark.parametrize("mode", Mode)
def test_a_copy_that_holds_something_else_is_deleted(mode: Mode, older: dict[str, bytes]) -> None:
    world = World(Failing(changes=True), mode)
    world.archive._objects.update(older)

    run = world.run()

    assert run.status is Status.COMPENSATED
    assert run.failure is not None
    assert "expected object 'out/a' to hold" in run.failure.message
    assert world.archive._objects == {}


def test_a_source_that_vanished_ends_it_at_once_and_what_lay_at_the_target_stays() -> None:
    world = World()
    world.archive._objects["out/a"] = b"older"
    del world.main._objects["in/a"]

    run = world.run()

    assert run.status is Status.FAILED
    assert run.failure is not None
    assert "expected object 'in/a' in store 'main'; there is none" in run.failure.message
    assert world.activities() == ["find-object", "copy-object"]
    assert world.archive._objects == {"out/a": b"older"}


def test_an_unknown_store_ends_it_at_once() -> None:
    run = World().run(BlobCopyRequested(source=REQUEST.source, target=Location(store="elsewhere", name="b")))

    assert run.status is Status.FAILED
    assert run.failure is not None
    assert "expected one of the stores archive, main; found 'elsewhere'" in run.failure.message


def test_a_copy_that_may_have_been_written_when_its_time_was_over_is_deleted() -> None:
    world = World()

    async def late(request: Any, ctx: ActivityContext) -> StoredObject:
        copied = await handlers.copy(request, world.stores, ctx)
        raise OSError(f"{copied.size} bytes were written, and nobody hears of it")

    world.environment = SagaEnvironment(
        sagas=[copy_blob],
        handlers={
            FIND_OBJECT: lambda request: handlers.find(request, world.stores),
            COPY_OBJECT: late,
            DELETE_LOCATIONS: lambda request: handlers.delete(request, world.stores),
        },
    )

    assert world.run().status is Status.COMPENSATED
    assert world.archive._objects == {}


@pytest.mark.parametrize(
    ("request_", "reasons"),
    [
        ({}, ["source", "target"]),
        (
            {"source": {"name": "../a"}, "target": {"store": "", "name": "a//b"}},
            ["source.name", "target.store", "target.name"],
        ),
        ({"source": {"name": "a"}, "target": {"name": "a"}}, ["(whole)"]),
        ({"source": "a", "target": {"name": ""}}, ["source", "target.name"]),
    ],
)
def test_an_invalid_request_is_rejected_with_every_reason_and_nothing_runs(
    request_: object, reasons: list[str]
) -> None:
    drive = Drive([copy_blob], {}).start(copy_blob, request_).finish()

    assert drive.status is Status.REJECTED
    (rejected,) = drive.of(SagaRejected)
    assert [where for where, _ in rejected.reasons] == reasons
    assert drive.effects == []


def test_it_starts_on_its_event() -> None:
    event = CloudEvent("1", "here", "blob.copy-requested", REQUEST.model_dump())

    assert copy_blob.starts_on == event.type


async def test_the_fake_store_of_this_file_is_one() -> None:
    store = Failing(1)

    with pytest.raises(TransientError):
        await store.put("a", b"")
    with pytest.raises(ObjectNotFound):
        await store.get("a")
