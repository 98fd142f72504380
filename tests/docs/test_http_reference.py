import re
from pathlib import Path

from fastapi.routing import APIRoute

from durable.http.problem import ProblemType
from tests.support.ingestor_world import IngestorWorld

REFERENCE = (Path(__file__).parents[2] / "docs/reference/http.md").read_text()
_ROW = re.compile(r"^\| (GET|POST|PUT|DELETE|OPTIONS) \| `(/[^`]*)` \|", re.MULTILINE)
_PROBLEM = re.compile(r"^\| `(urn:durable:problem:[a-z-]+)` \| (\d+) \|", re.MULTILINE)


def test_every_route_of_the_ingestor_stands_in_the_reference_and_no_other() -> None:
    section = REFERENCE.partition("## Ingestor")[2].partition("## Problems")[0]
    routes = [route for route in IngestorWorld().app().routes if isinstance(route, APIRoute)]

    served = {(method, route.path.replace(":text", "")) for route in routes for method in route.methods or ()}

    assert set(_ROW.findall(section)) == served


def test_every_type_of_problem_stands_in_the_reference_and_no_other() -> None:
    assert set(_PROBLEM.findall(REFERENCE)) == {(type_.uri, str(type_.status)) for type_ in ProblemType}
