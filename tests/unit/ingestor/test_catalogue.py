from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from tests.support.ingestor_world import IngestorWorld


class Address(BaseModel):
    """Where something is sent."""

    street: str


class Card(BaseModel):
    kind: Literal["card"]


class Cash(BaseModel):
    kind: Literal["cash"]


class OrderPlaced(BaseModel):
    """Somebody <ordered>."""

    number: int = Field(description="of the order & more", ge=1)
    to: Address | None = None
    lines: list[str] = []
    paid_by: Card | Cash = Field(Cash(kind="cash"), discriminator="kind")


@pytest.fixture
def world() -> IngestorWorld:
    world = IngestorWorld()
    world.catalogue["order.placed"] = OrderPlaced
    return world


def references(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        for inner in document.values():
            yield from references(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from references(inner)


def found(document: dict[str, Any], reference: str) -> object:
    part: Any = document
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


async def test_every_event_type_is_listed_with_what_it_means(world: IngestorWorld) -> None:
    answer = await world.client().get("/catalogue")

    assert answer.status == 200
    assert [one["type"] for one in answer.json["events"]] == sorted(world.catalogue)
    order = {"type": "order.placed", "description": "Somebody <ordered>.", "schema": "/catalogue/order.placed"}
    assert order in answer.json["events"]


async def test_the_schema_of_a_type_is_a_json_schema(world: IngestorWorld) -> None:
    answer = await world.client().get("/catalogue/order.placed")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert answer.json["required"] == ["number"]
    assert answer.json["properties"]["number"]["minimum"] == 1


async def test_an_unknown_type_is_answered_with_the_known_ones(world: IngestorWorld) -> None:
    answer = await world.client().get("/catalogue/nothing")

    assert (answer.status, answer.problem) == (404, "not-found")
    assert "order.placed" in answer.json["detail"]


async def test_one_asyncapi_document_describes_a_message_for_each_type(world: IngestorWorld) -> None:
    document = (await world.client().get("/catalogue/asyncapi.json")).json

    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]["events"]["messages"]) == set(world.catalogue)
    payload = document["components"]["messages"]["order.placed"]["payload"]
    assert payload["properties"]["type"] == {"const": "order.placed"}
    assert document["operations"]["takeEvents"]["action"] == "receive"


async def test_every_reference_of_the_asyncapi_document_leads_somewhere(world: IngestorWorld) -> None:
    document = (await world.client().get("/catalogue/asyncapi.json")).json

    listed = list(references(document))

    assert len(listed) > 10
    assert all(isinstance(found(document, reference), dict) for reference in listed)


async def test_a_browser_is_shown_a_page_in_which_nothing_is_markup(world: IngestorWorld) -> None:
    answer = await world.client().get("/catalogue", {"Accept": "text/html,application/xhtml+xml"})

    page = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    assert '<h2 id="order.placed">' in page
    assert "Somebody &lt;ordered&gt;." in page
    assert "of the order &amp; more" in page
    assert "Address or null, optional" in page
    assert "<ordered>" not in page


async def test_the_asyncapi_document_has_nothing_of_openapi_in_it(world: IngestorWorld) -> None:
    client = world.client()

    asyncapi = (await client.get("/catalogue/asyncapi.json")).json
    paid_by = asyncapi["components"]["schemas"]["OrderPlaced"]["properties"]["paid_by"]

    assert "discriminator" not in paid_by
    assert len(paid_by["oneOf"]) == 2
