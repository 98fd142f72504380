import shutil

import pytest

from infra_check.checks import queries, workbook
from tests.support.planted import Planted

RUNS = "infra/observability/queries/runs.kql"
ALERTS = "infra/observability/alerts.json"


def test_the_queries_of_the_project_are_in_order(project: Planted) -> None:
    assert project.told(queries.check) == []
    assert project.told(workbook.check) == []


def test_an_attribute_that_nothing_emits_is_found_with_its_line(project: Planted) -> None:
    project.change(RUNS, '"durable.saga"', '"durable.sage"')

    where = project.line(RUNS, "durable.sage")
    assert f"{where}: expected an attribute that a span or a log line carries; found 'durable.sage'" in project.told(
        queries.check
    )


def test_a_metric_that_no_service_emits_is_found(project: Planted) -> None:
    project.change(ALERTS, "durable.telemetry.dropped", "durable.telemetry.lost")

    assert project.told(queries.check) == [
        f"{ALERTS}: spans-dropped, line 2 of its query: expected a metric that a service emits; "
        "found 'durable.telemetry.lost'"
    ]


@pytest.mark.skipif(shutil.which("npm") is None, reason="Kusto's language service needs node and npm")
def test_what_the_portal_would_refuse_is_found(project: Planted) -> None:
    project.change(RUNS, "| order by runs desc", "| order by rums desc")

    where = project.line(RUNS, "rums desc")
    assert project.told(queries.check) == [
        f"{where}: error: The name 'rums' does not refer to any known column, table, variable or function."
    ]


def test_a_workbook_with_another_query_than_the_pack_is_found(project: Planted) -> None:
    project.change(RUNS, "| order by runs desc", "| order by failed desc")

    assert [told for told in project.told(workbook.check) if "workbook.json" in told]


def test_a_query_that_stands_in_no_section_of_the_workbook_is_found(project: Planted) -> None:
    project.add("infra/observability/queries/forgotten.kql", "requests | take 1\n")

    found = project.told(workbook.check)

    assert found == ["infra/observability/queries/forgotten.kql: expected it in the workbook, or among those by hand"]
