"""The time of a query: one moment for all of it, as the service has it for its static functions."""

from collections.abc import Mapping
from datetime import datetime

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.builtin.moments import date_text, ticks_of
from emulators.cosmos.sql.values import Undefined

_KINDS = ("DateTime", "Timestamp", "Ticks")

CURRENT: Mapping[str, str] = {
    f"GetCurrent{kind}{suffix}".upper(): f"GetCurrent{kind}()" for kind in _KINDS for suffix in ("", "Static")
}
"""Which variable holds what a function of the present returns; the variables are named as queries call them."""


def present(now: datetime) -> dict[str, JsonValue]:
    """Return the variables of a query that is served now."""
    ticks = ticks_of(now)
    text = date_text(ticks)
    assert not isinstance(text, Undefined)
    return {"GetCurrentDateTime()": text, "GetCurrentTimestamp()": ticks // 10_000, "GetCurrentTicks()": ticks}
