"""The trace context of a request."""

from __future__ import annotations

from fastapi import Request

from durable.trace import RandomBits, trace_context


def trace_of_request(request: Request, random_bits: RandomBits) -> dict[str, str]:
    """Give what the request brought, or a trace begun here; repeated headers are joined as the standard says."""
    headers = request.headers
    traceparent, tracestate, baggage = (
        ",".join(headers.getlist(name)) for name in ("traceparent", "tracestate", "baggage")
    )
    return trace_context(traceparent, tracestate, baggage, random_bits)
