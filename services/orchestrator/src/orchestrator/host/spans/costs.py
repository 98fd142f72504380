"""What the span of a run says of its cost: what the head says that was written with its last turn."""

from __future__ import annotations

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


def with_cost(span: Span, plan: Plan | None, trace: RunTrace) -> Span:
    """Give a span of a plan that is committed and not settled yet; the run span with what the run cost."""
    if plan is None or plan.head is None or span.context.span_id != trace.run_span(plan.turn.at).span_id:
        return span
    told = cost_attributes(plan.resident.account.total.plus(plan.spent))
    return replace(span, attributes={**span.attributes, **told})


def cost_attributes(spent: Spent) -> Attributes:
    """Give what the span of a run says of its cost."""
    totals = spent.totals()
    return {attribute: totals[name] for attribute, name in _TOLD.items()}
