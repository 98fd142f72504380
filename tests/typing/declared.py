"""What the files of this folder speak of: a shop."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from durable import Activity, SagaContext, saga


class Order(BaseModel):
    sku: str


class Card(BaseModel):
    number: str


@dataclass(frozen=True)
class Reservation:
    id: str


class Receipt(BaseModel):
    total: int


class Approval(BaseModel):
    by: str


RESERVE = Activity("shop.reserve", Order, Reservation)
RELEASE = Activity("shop.release", Reservation, type(None))
CHARGE = Activity("shop.charge", Card, Receipt)
REFUND = Activity("shop.refund", Receipt, type(None))
COUNT = Activity("shop.count", list[Order], dict[str, int])
ROUTE = Activity("shop.route", Order | Card, str)
HOUR = timedelta(hours=1)


@saga("buy")
async def buy(ctx: SagaContext, order: Order) -> Receipt:
    await ctx.call(RESERVE, order, compensate_with=RELEASE)
    return await ctx.call(CHARGE, Card(number="1"))


@saga("sweep")
async def sweep(ctx: SagaContext) -> int:
    await ctx.sleep(HOUR)
    return 1
