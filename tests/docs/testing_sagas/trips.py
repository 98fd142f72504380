from datetime import timedelta

from pydantic import BaseModel

from durable import Activity, EventTimeout, RetryPolicy, SagaContext, saga

PATIENT = RetryPolicy(max_attempts=3, first_delay=timedelta(seconds=10), jitter="none")


class Trip(BaseModel):
    traveller: str
    nights: int


class Booking(BaseModel):
    code: str


BOOK_HOTEL = Activity("trips.book-hotel", Trip, Booking)
CANCEL_HOTEL = Activity("trips.cancel-hotel", Booking, type(None))
CHARGE = Activity("payments.charge", int, str)


@saga("book-trip")
async def book_trip(ctx: SagaContext, trip: Trip) -> str:
    hotel = await ctx.call(BOOK_HOTEL, trip, retry=PATIENT, compensate_with=CANCEL_HOTEL)
    try:
        approved = await ctx.wait_for_event("approval", bool, timeout=timedelta(days=30))
    except EventTimeout:
        approved = False
    if not approved:
        raise LookupError(f"nobody approved {hotel.code}")
    return await ctx.call(CHARGE, trip.nights * 100)
