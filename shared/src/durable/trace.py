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
_CHARACTERS = 55

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?")


def mint_traceparent(random_bits: RandomBits) -> str:
    """Begin a trace that is sampled."""
    return f"00-{random_bits(128) or 1:032x}-{random_bits(64) or 1:016x}-01"


def is_traceparent(text: str) -> bool:
    """Tell whether it is a valid `traceparent`, of this version of the standard or a later one."""
    return _TRACEPARENT.fullmatch(text) is not None and (len(text) == _CHARACTERS or text[:2] != "00")


def carried_trace(traceparent: str, tracestate: str, baggage: str) -> dict[str, str]:
    """Give what is valid of a trace context that somebody brought; empty text is none."""
    carried: dict[str, str] = {}
    if is_traceparent(traceparent):
        carried["traceparent"] = traceparent
        if 0 < len(tracestate) <= TRACESTATE_CHARACTERS_MAX:
            carried["tracestate"] = tracestate
    if 0 < len(baggage) <= BAGGAGE_CHARACTERS_MAX:
        carried["baggage"] = baggage
    return carried


def trace_context(traceparent: str, tracestate: str, baggage: str, random_bits: RandomBits) -> dict[str, str]:
    """Give the trace context to pass on, beginning a trace if there is none; empty text is none."""
    carried = carried_trace(traceparent, tracestate, baggage)
    return carried if "traceparent" in carried else {"traceparent": mint_traceparent(random_bits), **carried}
