"""The Azure workbook, made of the queries of the pack: `python -m infra_check.workbook` writes it anew.

A query stands in one place, its file; the workbook holds a copy, and `make infra-check` compares the two.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

FOLDER = Path("infra/observability")
WORKBOOK = FOLDER / "workbook.json"
Item: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One query shown: its file without suffix, what stands above it, and how it is drawn."""

    query: str
    title: str
    drawn_as: str = "table"


SECTIONS: dict[str, tuple[Part, ...]] = {
    "Runs": (
        Part("runs", "Runs by saga"),
        Part("runs-over-time", "How runs ended", "timechart"),
        Part("failed-runs", "Failed runs: click an operation to read it as one transaction"),
        Part("compensations", "Runs that undid what they had done"),
    ),
    "Steps": (
        Part("slow-steps", "Steps, from scheduling to answer"),
        Part("waiting-for-a-worker", "Waiting for a worker"),
        Part("retries", "Attempts that failed"),
    ),
    "Cost": (
        Part("what-runs-cost", "What runs cost"),
        Part("commits", "Writes to Cosmos DB"),
    ),
    "Health": (
        Part("waiting-for-a-person", "Instances that wait for a person"),
        Part("dead-letters", "Dead letters"),
        Part("queue-delay", "Waiting in queues"),
        Part("throttling", "Throttling"),
        Part("replicas", "Replicas of the orchestrator"),
        Part("event-loops", "Event loops"),
    ),
    "Surroundings": (
        Part("who-sends-to-whom", "Who sends to whom"),
        Part("broken-transactions", "Transactions with spans missing"),
    ),
}
# For a person who fills in a name first; they have no place on a page without questions.
BY_HAND = frozenset({"one-run", "log-of-a-saga"})
_SOURCE = {"queryType": 0, "resourceType": "microsoft.insights/components"}
_DAY_MS = 86_400_000


def workbook(root: Path) -> Item:
    """Give the workbook as the gallery takes it."""
    return {
        "version": "Notebook/1.0",
        "items": [
            _text("title", "# DurableOrchestrator\nSagas, their steps and what they cost, from their own traces."),
            _parameters(),
            *(item for title, parts in SECTIONS.items() for item in _section(root, title, parts)),
        ],
        "fallbackResourceIds": [],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }


def written(root: Path) -> str:
    """Give the text of the file."""
    return json.dumps(workbook(root), indent=2) + "\n"


def _section(root: Path, title: str, parts: tuple[Part, ...]) -> Iterator[Item]:
    yield _text(title.lower(), f"## {title}")
    for part in parts:
        content = {
            "version": "KqlItem/1.0",
            "query": (root / FOLDER / "queries" / f"{part.query}.kql").read_text().rstrip("\n"),
            "size": 0,
            "title": part.title,
            "showExportToExcel": True,
            "timeContextFromParameter": "Time",
            "visualization": part.drawn_as,
            "gridSettings": {"filter": True, "sortBy": []},
            **_SOURCE,
        }
        yield {"type": 3, "content": content, "name": part.query}


def _text(name: str, text: str) -> Item:
    return {"type": 1, "content": {"json": text}, "name": name}


def _parameters() -> Item:
    durations = [{"durationMs": ms} for ms in (3_600_000, 14_400_000, _DAY_MS, 7 * _DAY_MS, 30 * _DAY_MS)]
    time = {
        "id": "3f3c0c8e-7a6b-4c6e-9d0c-0d9c6d7a1f01",
        "version": "KqlParameterItem/1.0",
        "name": "Time",
        "type": 4,
        "isRequired": True,
        "value": {"durationMs": _DAY_MS},
        "typeSettings": {"selectableValues": durations, "allowCustom": True},
    }
    content = {"version": "KqlParameterItem/1.0", "parameters": [time], "style": "pills", **_SOURCE}
    return {"type": 9, "content": content, "name": "parameters"}


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[2]
    (here / WORKBOOK).write_text(written(here))
    sys.exit(0)
