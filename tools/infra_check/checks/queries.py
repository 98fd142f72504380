"""The queries for Application Insights: read by Kusto's own language service, compared with the names that are emitted.

1. A query that the portal would refuse is a finding, with its line.
2. A query that asks for an attribute, a metric or a span that nothing emits finds nothing for ever, and nobody is told.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from durable.telemetry import names
from durable.telemetry.metrics.declared import DECLARED
from infra_check.findings import Checked, Finding, place

FOLDER = Path("infra/observability")
ALERTS = FOLDER / "alerts.json"
KUSTO = FOLDER / "kusto"
HOME = Path(__file__).resolve().parents[3] / ".local/kusto"
ATTRIBUTE = re.compile(r"""customDimensions\s*[\[.]\s*["']?([A-Za-z_][\w.]*)""")
_METRIC = re.compile(r"""name\s*(?:==|in)\s*\(?\s*((?:"durable\.[\w.]+"(?:\s*,\s*)?)+)""")
_SECONDS_MAX = 120


def check(root: Path) -> Checked:
    """Check every query below `infra/observability`."""
    queries = all_queries(root)
    findings = [
        Finding(_place(root, query, line), told)
        for query, text in queries.items()
        for line, told in unknown_names(text)
    ]
    told = f"{len(queries)} queries compared with the names that the services emit"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return Checked(f"{told}; not read by Kusto's language service: that needs node and npm", findings)
    _install(root, npm)
    findings += [Finding(_place(root, query, line), said) for query, line, said in _said_by_kusto(root, node, queries)]
    return Checked(f"{told}, and read by Kusto's language service", findings)


def all_queries(root: Path) -> dict[str, str]:
    """Give every query: those of the pack by their file, those of alerts by their name."""
    queries = {str(path): path.read_text() for path in sorted((root / FOLDER).rglob("*.kql"))}
    return queries | {alert["name"]: "\n".join(alert["query"]) for alert in json.loads((root / ALERTS).read_text())}


def _place(root: Path, query: str, line: int) -> str:
    """Name the line of a file, or the alert and the line of its query."""
    return place(root, Path(query), line) if query.endswith(".kql") else f"{ALERTS}: {query}, line {line} of its query"


def unknown_names(text: str) -> Iterator[tuple[int, str]]:
    """Give what a query asks for and nothing emits: the line, and what is wrong there."""
    emitted, metrics = emitted_attributes(), emitted_metrics()
    for number, line in enumerate(text.splitlines(), start=1):
        for name in ATTRIBUTE.findall(line):
            if name not in emitted:
                yield number, f"expected an attribute that a span or a log line carries; found {name!r}"
        for listed in _METRIC.findall(line):
            for name in re.findall(r'"([^"]+)"', listed):
                if name not in metrics:
                    yield number, f"expected a metric that a service emits; found {name!r}"


def emitted_attributes() -> frozenset[str]:
    """Give the names of all attributes of spans and log lines, and of all labels of metrics."""
    attributes = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    return frozenset(attributes | {f"{names.PREFIX}{label}" for metric in DECLARED for label in metric.labels})


def emitted_metrics() -> frozenset[str]:
    """Give the names of all metrics."""
    return frozenset(metric.name for metric in DECLARED)


def _install(root: Path, npm: str) -> None:
    """Have the language service in `HOME`, which is made anew when its version changes."""
    wanted, home = root / KUSTO / "package.json", HOME
    stamp = home / "package.json"
    if stamp.exists() and stamp.read_bytes() == wanted.read_bytes() and (home / "node_modules").exists():
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    flags = ("--no-package-lock", "--no-audit", "--no-fund", "--silent")
    shutil.copy(wanted, home / "wanted.json")
    given = json.loads(wanted.read_text())["dependencies"]
    packages = [f"{name}@{version}" for name, version in given.items()]
    subprocess.run([npm, "install", *flags, "--prefix", str(home), *packages], check=True, timeout=_SECONDS_MAX)
    shutil.move(home / "wanted.json", stamp)


def _said_by_kusto(root: Path, node: str, queries: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    done = subprocess.run(
        [node, str(root / KUSTO / "check.cjs")],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS_MAX,
        env={"NODE_PATH": str(HOME / "node_modules"), "PATH": str(Path(node).parent)},
    )
    for said in json.loads(done.stdout):
        line = queries[said["query"]].count("\n", 0, said["start"]) + 1
        yield said["query"], line, f"{said['severity'].lower()}: {said['message']}"
