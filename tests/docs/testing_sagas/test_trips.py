from datetime import timedelta

import pytest

from durable.status import Status
from durable.testing import Mode, SagaEnvironment
from tests.docs.testing_sagas.trips import BOOK_HOTEL, CANCEL_HOTEL, CHARGE, Booking, Trip, book_trip

TRIP = Trip(traveller="Ada", nights=2)


class Hotel:
    """A fake hotel: a handler is any function of the input."""

    def __init__(self, failures: int = 0) -> None:
        self.rooms: list[str] = []
        self._failures = failures

    def book(self, trip: Trip) -> Booking:
        if self._failures > 0:
            self._failures -= 1
            raise OSError("the hotel does not answer")
        self.rooms.append(trip.traveller)
        return Booking(code=f"H-{trip.traveller}")

    def cancel(self, booking: Booking) -> None:
        self.rooms.remove(booking.code.removeprefix("H-"))


def an_environment(hotel: Hotel, mode: Mode = Mode.LIVE) -> SagaEnvironment:
    return SagaEnvironment(
        sagas=[book_trip],
        handlers={BOOK_HOTEL: hotel.book, CANCEL_HOTEL: hotel.cancel, CHARGE: lambda cents: f"paid {cents}"},
        mode=mode,
    )


in_every_mode = pytest.mark.parametrize("mode", Mode)


@in_every_mode
def test_an_approved_trip_is_charged(mode: Mode) -> None:
    env = an_environment(Hotel(), mode)
    run = env.start(book_trip, TRIP, instance_id="a")
    env.settle()
    assert [(one.kind, one.name) for one in run.waiting_for] == [("event", "approval")]

    env.raise_event("a", "approval", payload=True)
    env.settle()

    assert run.result == "paid 200"
    assert env.effects == [("trips.book-hotel", TRIP), ("payments.charge", 200)]


@in_every_mode
def test_a_trip_that_nobody_approves_within_30_days_is_undone(mode: Mode) -> None:
    hotel = Hotel()
    env = an_environment(hotel, mode)
    run = env.start(book_trip, TRIP)
    env.advance(timedelta(days=30))

    assert run.status is Status.COMPENSATED
    assert hotel.rooms == []


@in_every_mode
def test_a_hotel_that_does_not_answer_is_asked_again(mode: Mode) -> None:
    env = an_environment(Hotel(failures=2), mode)
    run = env.start(book_trip, TRIP, event=("approval", True))
    env.settle()
    assert not run.status.ended
    env.advance(timedelta(seconds=30))

    assert run.kinds["ActivityFailed"] == 2
    assert run.result == "paid 200"
