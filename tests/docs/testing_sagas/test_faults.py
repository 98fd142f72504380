from datetime import timedelta
from typing import Any

from durable.status import Status
from durable.testing import Fault, Outcome, explore
from durable.worker import ActivityContext
from tests.docs.testing_sagas.trips import BOOK_HOTEL, CANCEL_HOTEL, CHARGE, Booking, Trip, book_trip


class Bank:
    """Charges once for each key, however often it is asked."""

    def __init__(self) -> None:
        self.charged: dict[str, int] = {}

    def charge(self, cents: int, ctx: ActivityContext) -> str:
        self.charged.setdefault(ctx.idempotency_key, cents)
        return f"paid {cents}"


banks: list[Bank] = []


def handlers() -> dict[Any, Any]:
    banks.append(Bank())
    return {
        BOOK_HOTEL: lambda trip: Booking(code=f"H-{trip.traveller}"),
        CANCEL_HOTEL: lambda booking: None,
        CHARGE: banks[-1].charge,
    }


def pays_exactly_once(outcome: Outcome) -> None:
    assert outcome.status is Status.COMPLETED
    assert list(banks[-1].charged.values()) == [200]


def test_whatever_fails_the_traveller_pays_exactly_once() -> None:
    report = explore(
        book_trip,
        Trip(traveller="Ada", nights=2),
        handlers=handlers,
        invariants=[pays_exactly_once],
        faults=[Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.ANSWER_LOST],
        events=[(timedelta(hours=1), "approval", True)],
    )

    assert report.schedules > 200
