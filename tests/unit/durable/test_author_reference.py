import re
from dataclasses import fields
from pathlib import Path

import pytest

import durable
from durable import RetryPolicy, SagaContext
from durable.client import SagaClient
from durable.context.facts import Facts
from durable.status import Status
from durable.worker import ActivityContext

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "author-api.md").read_text()
PRESENT = PAGE.partition("\n## Not yet\n")[0]


def public(cls: type) -> list[str]:
    return [name for name in dir(cls) if not name.startswith("_")]


@pytest.mark.parametrize("name", [*public(SagaContext), *Facts.__annotations__])
def test_every_verb_and_fact_of_a_saga_is_told(name: str) -> None:
    assert re.search(rf"`ctx\.{name}\b", PRESENT)


@pytest.mark.parametrize("name", public(ActivityContext))
def test_everything_that_a_handler_may_know_is_told(name: str) -> None:
    assert f"`{name}`" in PRESENT.partition("## In a handler")[2]


@pytest.mark.parametrize("name", public(SagaClient))
def test_every_verb_of_the_client_is_told(name: str) -> None:
    assert f"`{name}`" in PRESENT.partition("## From outside")[2]


@pytest.mark.parametrize("name", [field.name for field in fields(RetryPolicy)])
def test_every_part_of_a_retry_policy_is_told(name: str) -> None:
    assert f"{name}=" in PRESENT


@pytest.mark.parametrize("name", [name for name in durable.__all__ if name[0].isupper()])
def test_every_public_name_is_told(name: str) -> None:
    assert re.search(rf"\b{name}\b", PRESENT) or name in {"Activity", "Handle", "Saga", "SagaContext", "Failure"}


@pytest.mark.parametrize("status", list(Status))
def test_every_status_that_an_instance_can_have_is_told(status: Status) -> None:
    assert f"`{status.value}`" in PRESENT
