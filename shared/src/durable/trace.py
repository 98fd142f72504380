"""W3C trace context: taken from whoever asks, or begun here when nobody brought one.

1. What is not valid counts as not there; a `tracestate` without a valid `traceparent` is dropped.
2. The source of randomness is injected: it gives that many random bits as a number, as `secrets.randbits` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

RandomBits = Callable[[int], int]
TRACESTATE_CHARACTERS_MAX = 512
BAGGAGE_CHARACTERS_MAX = 8192

_TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<more>-[!-~]*)?"
)


def mint_traceparent(random_bits: RandomBits) -> str:
    """Begin a trace that is sampled."""
    return f"00-{random_bits(128) or 1:032x}-{random_bits(64) or 1:016x}-01"


def is_traceparent(text: str) -> bool:
    """Tell whether it is a valid `traceparent`, of this version of the standard or a later one."""
    match = _TRACEPARENT.fullmatch(text)
    return match is not None and (match["version"] != "00" or match["more"] is None)


def trace_context(traceparent: str, tracestate: str, baggage: str, random_bits: RandomBits) -> dict[str, str]:
    """Give the trace context to pass on, beginning a trace if there is none; empty text is none."""
    context: dict[str, str] = {}
    if is_traceparent(traceparent):
        context["traceparent"] = traceparent
        if 0 < len(tracestate) <= TRACESTATE_CHARACTERS_MAX:
            context["tracestate"] = tracestate
    else:
        context["traceparent"] = mint_traceparent(random_bits)
    if 0 < len(baggage) <= BAGGAGE_CHARACTERS_MAX:
        context["baggage"] = baggage
    return context
