from typing import assert_type

from durable.objects import ObjectStore
from durable.worker import ActivityContext, Worker
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
