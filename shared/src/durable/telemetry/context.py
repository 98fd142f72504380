"""Where in a trace something stands, and how that travels: W3C trace context as numbers and as application properties.

The format is https://www.w3.org/TR/trace-context/: `00-<32 hex: trace>-<16 hex: span>-<2 hex: flags>`, 1 for sampled.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

from durable.trace import is_traceparent

TRACEPARENT = "traceparent"
_TRACEPARENT = "00-%032x-%016x-0%d"  # An f-string takes twice as long.
_new = tuple.__new__  # Takes half as long as `TraceContext(...)`.
_number = int.from_bytes
_ODD = frozenset("13579bdf")
_HASH_OF_SPANS = blake2b(digest_size=8)  # A copy takes a third less time to make than another one.


class TraceContext(NamedTuple):
    """One span, as others refer to it.

    Attributes:
        trace_id: 128 bits.
        span_id: 64 bits.
        sampled: whether the trace is recorded as a whole.
    """

    trace_id: int
    span_id: int
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """Give it as W3C writes it."""
        return _TRACEPARENT % self

    def child(self, span_id: int) -> TraceContext:
        """Give another span of the same trace."""
        return _new(TraceContext, (self.trace_id, span_id, self.sampled))

    def within(self, trace: Mapping[str, str]) -> dict[str, str]:
        """Give what is to be passed on beneath this span: its own `traceparent`, and the rest of `trace` as it is."""
        return {**trace, TRACEPARENT: self.traceparent}


def context_of(trace: Mapping[str, str]) -> TraceContext | None:
    """Read the trace context that was passed on; `None` if there is none that is valid."""
    text = trace.get(TRACEPARENT)
    if text is None or not is_traceparent(text):
        return None
    return _new(TraceContext, (int(text[3:35], 16), int(text[36:52], 16), text[54] in _ODD))


def span_id_of(*subject: str | int) -> int:
    """Derive the id of a span from what it is of: the same parts give the same id, which is never 0.

    No part holds a null character.
    """
    return span_id_of_text("\0".join(map(str, subject)))


def span_id_of_text(subject: str) -> int:
    """Derive the same id from the parts joined already, by null characters."""
    hashed = _HASH_OF_SPANS.copy()
    hashed.update(subject.encode())
    return _number(hashed.digest(), "big") or 1


def trace_id_of(*subject: str | int) -> int:
    """Derive the id of a trace that goes on from another one, likewise."""
    return int.from_bytes(blake2b("\0".join(map(str, subject)).encode(), digest_size=16).digest(), "big") or 1
