"""Inputs, results and events of any type that can be declared, through the engine."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from durable import Activity, SagaContext, saga
from durable.events import ActivityScheduled, SagaCompleted
from durable.status import Status
from tests.support.drive import Drive, Mode
from tests.support.payload_values import Address, Card, Invoice, Page, Payment, Transfer

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAIVE = datetime(2026, 5, 1, 12)  # noqa: DTZ001

BOOK = Activity("books.book", list[Invoice], dict[str, Invoice])
PAY = Activity("books.pay", Payment, Page[Transfer])
MOVE = Activity("books.move", int | str, Address | None)


@saga("books")
async def books(ctx: SagaContext, first: Page[Invoice]) -> list[Payment]:
    booked = await ctx.call(BOOK, first.items)
    paid = await ctx.call(PAY, Card(digits="4"))
    moved = await ctx.call(MOVE, "away")
    choice = await ctx.wait_for_event("choice", int | str)
    times = await ctx.wait_for_event("times", tuple[datetime, ...])
    assert moved is None
    assert [one.tzinfo for one in times] == [UTC, UTC]
    return [*paid.items, Card(digits=f"{choice} {booked['a'].total} {times[0].isoformat()}")]


@saga("adrift")
async def adrift(ctx: SagaContext) -> float:
    return float("nan")


@saga("asking")
async def asking(ctx: SagaContext) -> str:
    mixed: list[Any] = [Invoice(number=1, total=Decimal(1)), Card(digits="1")]
    try:
        await ctx.call(BOOK, mixed)
    except TypeError as error:
        return str(error)
    return "taken"


@pytest.mark.parametrize("mode", Mode)
def test_generics_unions_and_containers_reach_both_sides_as_values(mode: Mode) -> None:
    invoice = Invoice(number=1, total=Decimal("2.50"), due=NAIVE)
    drive = Drive(
        [books],
        {
            BOOK: lambda invoices: {"a": invoices[0]},
            PAY: lambda card: Page[Transfer](items=[Transfer(at=NAIVE)], next=card.kind),
            MOVE: lambda where: None if where == "away" else Address("s", NOON.date()),
        },
        mode,
    )

    drive.start(books, {"items": [invoice.model_dump(mode="json")]})
    drive.raise_event("choice", "left")
    drive.raise_event("times", ["2026-05-01T12:00:00", "2026-05-01T14:00:00+02:00"])
    drive.settle()

    assert drive.status is Status.COMPLETED
    assert drive.of(SagaCompleted)[0].output == [
        {"kind": "transfer", "at": "2026-05-01T12:00:00Z"},
        {"kind": "card", "digits": "left 2.50 2026-05-01T12:00:00+00:00"},
    ]
    assert drive.of(ActivityScheduled)[0].input[0]["due"] == "2026-05-01T12:00:00Z"


def test_a_result_that_json_does_not_know_fails_the_saga_and_says_so() -> None:
    drive = Drive([adrift], {}).start(adrift)

    assert drive.status is Status.FAILED
    assert drive.instance.failure is not None
    assert "expected float that JSON can hold; found nan at (whole)" in drive.instance.failure.message


def test_an_input_that_does_not_fit_schedules_nothing_and_names_the_place() -> None:
    drive = Drive([asking], {BOOK: lambda _: {}}).start(asking)

    assert "1: Input should be an instance of Invoice" in drive.of(SagaCompleted)[0].output
    assert drive.of(ActivityScheduled) == []
