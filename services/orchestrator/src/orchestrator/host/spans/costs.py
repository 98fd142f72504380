"""What the span of a run says of its cost: what the head says that was written with its last turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from durable.telemetry import names
from durable.telemetry.span import Attributes, Span
from orchestrator.host.plans import Plan
from orchestrator.host.spans.run_trace import RunTrace
from orchestrator.spending import Spent

_TOLD = {
    names.COST_RU: "ru",
    names.COST_MESSAGES: "messages",
    names.COST_BYTES: "bytes",
    names.COST_WORKER_SECONDS: "worker_seconds",
}


def with_cost(spans: Iterable[Span], plan: Plan, trace: RunTrace) -> Iterable[Span]:
    """Give the spans of a turn that is not settled yet; the run span, if it is among them, with what the run cost."""
    return spans if plan.head is None else _with_cost(spans, plan, trace.run_span(plan.turn.at).span_id)


def _with_cost(spans: Iterable[Span], plan: Plan, run: int) -> Iterator[Span]:
    for span in spans:
        if span.context.span_id == run:
            told = cost_attributes(plan.resident.account.total.plus(plan.spent))
            yield replace(span, attributes={**span.attributes, **told})
        else:
            yield span


def cost_attributes(spent: Spent) -> Attributes:
    """Give what the span of a run says of its cost."""
    totals = spent.totals()
    return {attribute: totals[name] for attribute, name in _TOLD.items()}
