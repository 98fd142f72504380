from datetime import timedelta
from typing import Any

import pytest

from contracts.documents import (
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    PDF,
    DeletedObjects,
    DeleteObjects,
    ExtractPage,
    PdfInfo,
    PdfSource,
    WrittenObject,
)
from contracts.locations import Location
from contracts.secrets import (
    DELETE_SEALED,
    FIND_SECRET,
    WRITE_SEALED,
    DeletedSealed,
    FindSecret,
    SealedSecret,
    SecretReference,
    SecretToBlobReport,
    WriteSealed,
)
from durable import CloudEvent, NonRetryable
from durable.errors import InvalidInput, SecretNotFound, SecretsUnavailable
from durable.events import SagaRejected
from durable.status import Status
from durable.testing import Mode, SagaEnvironment
from orchestrator.sagas.secret_to_blob import secret_to_blob
from orchestrator.sagas.split_pdf import split_pdf
from tests.support.drive import Drive

TICK = timedelta(seconds=30)
VAULT = "https://test.vault.azure.net"
DOCUMENT = {"object": "in/a.pdf", "name": "a.pdf", "media_type": PDF, "size": 1}
TARGET = {"store": "main", "name": "sealed/a.json"}
INPUT: dict[str, Any] = {"name": "api-token", "target": TARGET, "document": DOCUMENT}


class World:
    """A vault with one secret, and a store that remembers what lies in it."""

    def __init__(self, *errors: Exception, pages: int = 2, write_error: Exception | None = None) -> None:
        self.errors = list(errors)
        self.pages = pages
        self.write_error = write_error
        self.stored: set[str] = set()

    def find(self, request: FindSecret) -> SecretReference:
        if self.errors:
            raise self.errors.pop(0)
        return SecretReference(name=request.name, version=request.version or "v7", vault=VAULT)

    def write(self, request: WriteSealed) -> SealedSecret:
        self.stored.add(request.target.name)
        if self.write_error is not None:
            raise self.write_error
        return SealedSecret(object=request.target, size=500, key="2026")

    def delete_sealed(self, request: WriteSealed) -> DeletedSealed:
        deleted = request.target.name in self.stored
        self.stored.discard(request.target.name)
        return DeletedSealed(deleted=deleted)

    def inspect(self, request: PdfSource) -> PdfInfo:
        if self.pages < 0:
            raise NonRetryable("it is damaged")
        return PdfInfo(pages=self.pages)

    def extract(self, request: ExtractPage) -> WrittenObject:
        self.stored.add(request.target)
        return WrittenObject(object=request.target, size=1)

    def delete(self, request: DeleteObjects) -> DeletedObjects:
        self.stored -= set(request.objects)
        return DeletedObjects(count=len(request.objects))

    def environment(self, mode: Mode = Mode.LIVE) -> SagaEnvironment:
        handlers: dict[Any, Any] = {
            FIND_SECRET: self.find,
            WRITE_SEALED: self.write,
            DELETE_SEALED: self.delete_sealed,
            INSPECT_PDF: self.inspect,
            EXTRACT_PAGE: self.extract,
            DELETE_OBJECTS: self.delete,
        }
        return SagaEnvironment([secret_to_blob, split_pdf], handlers, mode)


def run(world: World, mode: Mode = Mode.LIVE, data: object = None) -> Any:
    environment = world.environment(mode)
    instance = environment.start("secret-to-blob", INPUT if data is None else data, instance_id="a")
    environment.settle()
    while instance.status is Status.RUNNING or instance.status is Status.COMPENSATING:
        environment.advance(TICK)
    return instance


@pytest.mark.parametrize("mode", Mode)
def test_the_secret_is_sealed_and_the_document_split_in_one_report(mode: Mode) -> None:
    world = World()

    result = run(world, mode).result

    assert isinstance(result, SecretToBlobReport)
    assert result.secret == SecretReference(name="api-token", version="v7", vault=VAULT)
    assert result.sealed.object == Location(name="sealed/a.json")
    assert [page.object for page in result.document.outputs] == sorted(world.stored - {"sealed/a.json"})


def test_a_version_may_be_asked_for() -> None:
    assert run(World(), data={**INPUT, "version": "v3"}).result.secret.version == "v3"


@pytest.mark.parametrize("mode", Mode)
def test_if_the_document_can_not_be_split_no_sealed_secret_is_left(mode: Mode) -> None:
    world = World(pages=-1)

    instance = run(world, mode)

    assert instance.status is Status.COMPENSATED
    assert instance.failure.matches("ChildSagaError")
    assert world.stored == set()


def test_a_write_that_failed_after_its_effect_is_undone() -> None:
    world = World(write_error=NonRetryable("the answer got lost"))

    assert run(world).status is Status.COMPENSATED
    assert world.stored == set()


def test_a_missing_secret_ends_it_before_anything_is_written() -> None:
    world = World(SecretNotFound("api-token", None, VAULT))

    instance = run(world)

    assert (instance.status, world.stored) == (Status.FAILED, set())
    assert instance.failure.matches("ActivityError") or instance.failure.matches("SecretNotFound")
    assert "'api-token'" in repr(instance.failure)


def test_a_vault_that_is_silent_for_a_while_is_asked_again() -> None:
    world = World(SecretsUnavailable(VAULT, "no answer"), SecretsUnavailable(VAULT, "status 503"))

    assert run(world).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "a/b", "version": ".."}, ["name", "version"]),
        ({"target": {"store": "main", "name": "../a"}, "name": None}, ["name", "target.name"]),
        ({"document": {**DOCUMENT, "media_type": "text/csv"}}, ["document"]),
        ({"document": None, "target": None}, ["target", "document"]),
    ],
)
def test_input_that_is_not_valid_is_rejected_with_every_reason(change: dict[str, Any], reasons: list[str]) -> None:
    data = {name: value for name, value in {**INPUT, **change}.items() if value is not None}

    by_event = Drive([secret_to_blob], {}).start(secret_to_blob, data)
    with pytest.raises(InvalidInput) as by_request:
        World().environment().start("secret-to-blob", data)

    assert by_event.status is Status.REJECTED
    assert sorted(place for place, _ in by_event.of(SagaRejected)[0].reasons) == sorted(reasons)
    assert sorted(place for place, _ in by_request.value.reasons) == sorted(reasons)


def test_an_event_starts_it() -> None:
    assert secret_to_blob.starts_on == "secret.requested"
    assert CloudEvent("1", "here", "secret.requested", INPUT).type == secret_to_blob.starts_on
