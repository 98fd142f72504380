"""The reference of metrics lists what the code declares."""

import re
from pathlib import Path

from durable.telemetry.metrics import Metric, declared
from tests.docs.metric_tables import PAGE, table, table_in

ROOT = Path(__file__).parents[2]


def test_the_reference_lists_every_metric_as_it_is_declared() -> None:
    assert table_in(PAGE.read_text()) == table(), "run `python -m tests.docs.metric_tables`"


def test_every_metric_that_is_declared_is_written_somewhere() -> None:
    sources = [*ROOT.glob("shared/src/durable/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    written = "\n".join(path.read_text() for path in sources if path.name != "declared.py")
    names = [name for name, value in vars(declared).items() if isinstance(value, Metric)]

    assert len(names) == len(declared.DECLARED)
    assert [name for name in names if not re.search(rf"(?:add|observe|watch)\(\s*{name}\b", written)] == []
