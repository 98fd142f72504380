"""What is known to be secret leaves in no text of a span."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.current import Entered
from durable.adapters.telemetry.ended import ended_span
from durable.concealing import CONCEALED, MASK
from durable.failure import Failure
from durable.telemetry.context import TraceContext
from durable.telemetry.span import Kind, Span, Value

SECRET = "another-secret-that-nobody-may-see"
AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = TraceContext(1, 2)


@pytest.fixture(autouse=True)
def known() -> None:
    CONCEALED.learn(SECRET)


def test_neither_in_its_failure_nor_in_its_status() -> None:
    failure = Failure("builtins.ValueError", f"used {SECRET}", stack=f"raise ValueError('{SECRET}')")
    for span in (
        Span("s", Kind.INTERNAL, CONTEXT, 0, AT, AT, failure=failure),
        Span("s", Kind.INTERNAL, CONTEXT, 0, AT, AT, error=f"used {SECRET}"),
    ):
        told = ended_span(span, Resource({})).to_json()
        assert SECRET not in told
        assert MASK in told


def test_nor_in_attributes_that_handlers_set() -> None:
    attributes: dict[str, Value] = {}
    with Entered(CONTEXT, {}, attributes):
        trace.get_current_span().set_attributes({"header": f"Bearer {SECRET}", "count": 3})

    assert attributes == {"header": f"Bearer {MASK}", "count": 3}
