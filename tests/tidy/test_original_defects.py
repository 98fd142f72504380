"""Defects of the original that can be seen in the code alone do not come back; see docs/reference/original.md."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAGAS = sorted((ROOT / "services/orchestrator/src/orchestrator/sagas").glob("*.py"))
WORKERS = sorted(path.parent for path in (ROOT / "services/workers").glob("*/pyproject.toml"))


@pytest.mark.parametrize("saga", SAGAS, ids=lambda path: path.stem)
def test_each_step_of_a_shipped_saga_has_retries_and_time_outs(saga: Path) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(saga.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ctx.call"
    ]
    named = [{keyword.arg for keyword in call.keywords} for call in calls]
    lines = [call.lineno for call, names in zip(calls, named, strict=True) if not {"retry", "timeouts"} <= names]

    assert lines == []


@pytest.mark.parametrize("worker", WORKERS, ids=lambda path: path.name)
def test_each_worker_is_a_container_of_its_own(worker: Path) -> None:
    text = (worker / "Dockerfile").read_text()

    assert f'-m", "{worker.name}_worker"]' in text
    assert "USER 10001" in text
