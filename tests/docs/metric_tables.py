"""The table of metrics in its reference, from the code: `python -m tests.docs.metric_tables`."""

from pathlib import Path

from durable.adapters.telemetry.exposition import prometheus_name
from durable.telemetry.metrics import Kind, Metric
from durable.telemetry.metrics.declared import DECLARED

PAGE = Path(__file__).parents[2] / "docs/reference/metrics.md"
BEGIN = "<!-- metrics: `python -m tests.docs.metric_tables` writes this table -->"
END = "<!-- end of metrics -->"


def table_in(page: str) -> str:
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def table() -> str:
    lines = ["| name | at `/metrics` | kind | unit | labels | means |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *map(_line, DECLARED)])


def _line(metric: Metric) -> str:
    name = prometheus_name(metric) + ("_total" if metric.kind is Kind.COUNTER else "")
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    unit = metric.unit.strip("{}").replace("_", " ")
    return f"| `{metric.name}` | `{name}` | {metric.kind.value} | {unit} | {labels} | {metric.meaning} |"


if __name__ == "__main__":
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}")
