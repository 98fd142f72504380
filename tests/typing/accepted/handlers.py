from dataclasses import dataclass
from typing import assert_type

from durable.objects import ObjectStore
from durable.testing import WorkerEnvironment
from durable.worker import ActivityContext, Worker, handles
from tests.typing.declared import CHARGE, COUNT, RELEASE, RESERVE, ROUTE, Card, Order, Receipt, Reservation

worker = Worker("shop")


@worker.handles(RESERVE)
async def reserve(order: Order) -> Reservation:
    return Reservation(id=order.sku)


@worker.handles(CHARGE, run_in="thread")
def charge(card: Card, ctx: ActivityContext, store: ObjectStore) -> Receipt:
    ctx.log.info("charging %s", card.number)
    return Receipt(total=1)


@worker.handles(CHARGE, run_in="process")
def charge_elsewhere(card: Card) -> Receipt:
    return Receipt(total=len(card.number))


@worker.handles(COUNT)
async def count(orders: list[Order], ctx: ActivityContext) -> dict[str, int]:
    if ctx.cancelled:
        ctx.heartbeat({"counted": len(orders)})
    return {order.sku: ctx.attempt for order in orders}


@worker.handles(RELEASE)
async def release(reservation: Reservation) -> None: ...


@worker.handles(ROUTE)
def takes_more_than_it_must(thing: object) -> str:
    return str(thing)


async def a_handler_is_still_a_function() -> None:
    assert_type(await reserve(Order(sku="a")), Reservation)


@dataclass
class Base:
    ctx: ActivityContext

    @handles(RESERVE)
    async def reserve(self, order: Order) -> Reservation:
        return Reservation(id=order.sku)


@dataclass
class Shop(Base):
    store: ObjectStore

    @handles(CHARGE, run_in="thread")
    def charge(self, card: Card, ctx: ActivityContext) -> Receipt:
        return Receipt(total=ctx.attempt)


async def a_handler_is_still_a_method(shop: Shop) -> None:
    assert_type(await shop.reserve(Order(sku="a")), Reservation)


async def a_worker_runs_in_a_test() -> None:
    worker.include(Shop, per="activity")
    async with WorkerEnvironment(worker) as env:
        assert_type(await env.run(CHARGE, Card(number="1")), Receipt)
