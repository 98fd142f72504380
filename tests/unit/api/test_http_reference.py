import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from durable.http.problem import ProblemType
from tests.support.api_world import ApiWorld
from tests.support.ingestor_world import IngestorWorld

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "http.md"
ROUTE = re.compile(r"^\| ([A-Z]+) \| `(/[^`]*)` \|", re.MULTILINE)
PROBLEM = re.compile(r"^\| `(urn:[^`]+)` \| (\d+) \|", re.MULTILINE)
METHODS = {"get", "post", "put", "delete", "patch", "options"}


def section(title: str) -> str:
    return REFERENCE.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def served(app: FastAPI) -> set[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return {
        (method.upper(), path.replace(":text", ""))
        for path, methods in paths.items()
        for method in METHODS & {*methods}
    }


@pytest.mark.parametrize(("title", "app"), [("Management API", ApiWorld().app()), ("Ingestor", IngestorWorld().app())])
def test_the_reference_names_the_routes_that_are_served(title: str, app: FastAPI) -> None:
    assert set(ROUTE.findall(section(title))) == served(app)


def test_the_reference_names_the_problem_types() -> None:
    assert PROBLEM.findall(section("Problems")) == [(type.uri, str(type.status)) for type in ProblemType]
