"""The reference of traces lists the spans that the orchestrator tells, with the attributes that they have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from durable.events import SagaTerminated
from durable.telemetry.span import Span
from durable.telemetry.tracing import recording
from orchestrator.host.spans.run_trace import SEGMENT
from tests.support.api_world import ApiWorld
from tests.support.told_spans import Told
from tests.unit.host.test_spans_of_lives import ALL, tell
from tests.unit.orchestrator.test_router import World, an_event

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "traces.md"
MESSAGING = {
    "az.namespace",
    "messaging.system",
    "messaging.operation.type",
    "messaging.destination.name",
    "server.address",
}
PARTS = {
    "<activity>": r"[a-z0-9-]+\.[a-z0-9.-]+",
    "<event type>": ".+",
    "<saga>": "[a-z0-9-]+",
    "<child>": "[a-z0-9-]+",
}
SAGAS = {"chain": 1, "undoing": 1, "sleeping": 1, "family": 2, "told": 1, "laps": 1}


@dataclass(frozen=True)
class Row:
    name: str
    kind: str
    always: frozenset[str]
    sometimes: frozenset[str]

    def fits(self, span: Span) -> bool:
        pattern = re.escape(self.name).replace(r"\ ", " ")
        for part, text in {**PARTS, "<destination>": "instances"}.items():
            pattern = pattern.replace(re.escape(part).replace(r"\ ", " "), text)
        return span.kind.name == self.kind and re.fullmatch(pattern, span.name) is not None


def rows() -> Iterator[Row]:
    section = PAGE.read_text().split("## Of the orchestrator")[1].split("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            always, sometimes = (set(re.findall(r"`([^`]+)`", cell)) for cell in cells[2:4])
            if "messaging.*" in always:
                always = always - {"messaging.*"} | MESSAGING
            yield Row(cells[0].strip("`"), cells[1], frozenset(always), frozenset(sometimes))


async def told() -> list[Span]:
    """What the orchestrator tells: of sagas that end in several ways, of an event, of a request."""
    spans: list[Span] = []
    for saga, value in SAGAS.items():
        spans += await Told(ALL, partition_count=2).run(saga, value)
    world = Told(ALL)
    async with world.hosting():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
        await tell(world, SagaTerminated())
        await world.ended()
    tracing, others = recording()
    router = World(tracing=tracing)
    await router.publish(an_event({"order": {"id": 17}}))
    async with router.routing():
        await router.started("ship:17")
    await ApiWorld(tracing=tracing).client().post("/sagas/tick/instances?instance_id=a")
    return [*spans, *world.spans, *others]


async def test_the_reference_lists_every_span_of_the_orchestrator_with_its_attributes() -> None:
    listed = list(rows())
    met: set[Row] = set()
    for span in await told():
        if span.kind.name == "SERVER":
            continue
        row = next((row for row in listed if row.fits(span)), None)
        assert row is not None, f"{span.name} ({span.kind.name}) is not listed"
        has = set(span.attributes)
        assert row.always <= has, f"{span.name} lacks {row.always - has}"
        assert has <= row.always | row.sometimes, f"{span.name} has {has - row.always - row.sometimes}"
        met.add(row)

    assert [row.name for row in listed if row not in met] == []


def test_the_reference_says_after_how_long_a_run_goes_on_in_another_trace() -> None:
    assert timedelta(hours=24) == SEGMENT
    assert "more than 24 hours" in PAGE.read_text()
