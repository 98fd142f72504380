"""Provisioned throughput: how many request units a container serves in a second, and what happens beyond.

1. A container without throughput is served without limit, as in a serverless account.
2. The budget is that of the whole container; the service splits it over the physical ranges.
3. A request is served while there is any budget left, and what it costs beyond that is missing in the next second.
4. Autoscale serves up to its maximum at once.
"""

from datetime import datetime

from emulators.cosmos.errors import THROTTLED, CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode_object
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request

_STEP = 100
_MANUAL_MIN = 400
_AUTOSCALE_MIN = 1000
_AUTOSCALE = "offerAutopilotSettings"


class Budget:
    """The request units of one container, second by second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._second = 0
        self._spent = 0.0

    def admit(self, now: datetime) -> None:
        """Raise 429, with the time after which to come back, if nothing is left of this second."""
        second = int(now.timestamp())
        self._spent = max(0.0, self._spent - self.rate * (second - self._second))
        self._second = second
        if self._spent >= self.rate:
            wait = int(self._spent // self.rate) * 1000 - now.microsecond // 1000
            raise CosmosError(
                429,
                f"Request rate is large: the container has {self.rate} request units a second. More may be needed, so "
                "no changes were made; try again later.",
                substatus=THROTTLED,
                extra=((headers.RETRY_AFTER_MS, b"%d" % wait),),
                charge=0.0,
            )

    def spend(self, units: float) -> None:
        """Count what a request has cost."""
        self._spent += units


def requested_offer(request: Request) -> JsonObject | None:
    """Return the content of the offer that a request for a new container asks for."""
    manual = request.headers.get(headers.OFFER_THROUGHPUT)
    if manual is not None:
        return checked_offer({"offerThroughput": int(manual) if manual.isdigit() else manual.decode("latin-1")})
    autoscale = request.headers.get(headers.OFFER_AUTOSCALE)
    return None if autoscale is None else checked_offer({_AUTOSCALE: decode_object(autoscale)})


def checked_offer(content: JsonValue) -> JsonObject:
    """Return the content of an offer, if the service would take it; with autoscale the present throughput is added."""
    if not isinstance(content, dict):
        raise CosmosError(400, "An offer needs 'content', an object.")
    autoscale = content.get(_AUTOSCALE)
    if isinstance(autoscale, dict):
        most = _checked(autoscale.get("maxThroughput"), _AUTOSCALE_MIN, _AUTOSCALE_MIN)
        return {**content, "offerThroughput": most // 10}
    return {**content, "offerThroughput": _checked(content.get("offerThroughput"), _MANUAL_MIN, _STEP)}


def rate_of(content: JsonValue) -> int | None:
    """Return how many request units a second a checked offer gives; None without an offer."""
    if not isinstance(content, dict):
        return None
    autoscale = content.get(_AUTOSCALE)
    rate = autoscale.get("maxThroughput") if isinstance(autoscale, dict) else content.get("offerThroughput")
    assert isinstance(rate, int)
    return rate


def _checked(value: JsonValue, least: int, step: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least or value % step:
        raise CosmosError(
            400,
            f"The offer should have valid throughput values of {least} or more in steps of {step}, found {value!r}.",
        )
    return value
