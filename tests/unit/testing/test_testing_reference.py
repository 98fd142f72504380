import re
from pathlib import Path

import pytest

from durable import testing
from durable.client import SagaClient
from durable.testing import Fault, Outcome, Run, SagaEnvironment

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "testing.md").read_text()
NAMES = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`([^`]+)`", PAGE))))
NOT_A_VERB = {"history", "result"}


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


@pytest.mark.parametrize("cls", [SagaEnvironment, Run], ids=lambda cls: cls.__name__)
def test_the_page_names_all_that_there_is(cls: type) -> None:
    assert public(cls) - NAMES == set()


def test_the_page_names_what_the_package_exports() -> None:
    assert set(testing.__all__) - NAMES - {"Effect"} == set()
    assert {fault.name for fault in Fault} <= NAMES
    assert {name for name in Outcome.__slots__ if name != "trace"} - NAMES <= {"instance_id"}


def test_an_environment_has_the_verbs_of_the_client() -> None:
    assert public(SagaClient) - public(SagaEnvironment) == NOT_A_VERB
