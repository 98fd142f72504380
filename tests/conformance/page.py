"""The documentation of a service's cases: a page with one row for each behaviour, made from the cases themselves."""

from pathlib import Path

from tests.conformance.cases import Area, Case
from tests.conformance.service import Service

REFERENCE = Path(__file__).parents[2] / "docs/reference"

_PREFACE = """# What the local {title} does, behaviour by behaviour

{count} behaviours that {title} is documented to have, or was seen to have in the tests and issues of its SDK. Each is
a case in [`tests/conformance/{name}`](../../tests/conformance/{name}) that drives the vendor's unmodified SDK;
`make conformance` plays them all against the local endpoint. `make conformance-page` writes this page from the cases;
edit those.

**Nothing of this was played against Azure by us.** Where the service differs from its documents, or these from our
reading of them, the local endpoint may do what the service does not. Whoever has a namespace or an account can check:
see [Check the endpoints against Azure](../how-to/check-the-endpoints-against-azure.md).

The column *client* says by which part of the SDK a behaviour is seen, *s* for how many seconds it must wait at the real
service (the local one has a clock that is put forward).
"""


def path_of(service: Service) -> Path:
    """Where the page of a service is."""
    return REFERENCE / f"conformance-{service.name}.md"


def page_of(service: Service) -> str:
    """The page as text."""
    areas = service.areas()
    count = sum(len(area.cases) for area in areas)
    parts = [_PREFACE.format(title=service.title, name=service.name, count=count)]
    return "\n".join([*parts, *(_section(area) for area in areas)])


def _section(area: Area) -> str:
    lines = [
        f"## {area.name[0].upper()}{area.name[1:]}",
        "",
        "| behaviour | documented in | client | s | known difference |",
        "|---|---|---|---|---|",
        *(_row(case) for case in area.cases),
    ]
    return "\n".join(lines) + "\n"


def _row(case: Case) -> str:
    waits = f"{case.waits:g}" if case.waits else ""
    cells = (case.sentence, case.documented, f"`{case.client}`", waits, case.differs)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
