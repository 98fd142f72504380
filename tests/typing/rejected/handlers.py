from durable.testing import WorkerEnvironment
from durable.worker import ActivityContext, Worker, handles
from tests.typing.declared import CHARGE, COUNT, RESERVE, ROUTE, Card, Order, Receipt, Reservation

worker = Worker("shop")


@worker.handles(RESERVE)  # error: arg-type
async def takes_another_input(card: Card) -> Reservation:
    return Reservation(id=card.number)


@worker.handles(RESERVE)  # error: arg-type
async def gives_another_result(order: Order) -> Receipt:
    return Receipt(total=1)


@worker.handles(CHARGE)  # error: arg-type
def gives_nothing(card: Card) -> None: ...


@worker.handles(CHARGE)  # error: arg-type
def takes_nothing() -> Receipt:
    return Receipt(total=1)


@worker.handles(ROUTE)  # error: arg-type
def takes_less_than_it_must(order: Order) -> str:
    return order.sku


@worker.handles(COUNT)  # error: arg-type
async def takes_one_of_many(order: Order) -> dict[str, int]:
    return {order.sku: 1}


@worker.handles(CHARGE, run_in="cellar")  # error: arg-type
def runs_nowhere(card: Card) -> Receipt:
    return Receipt(total=1)


@worker.handles(CHARGE)
async def returns_another_result(card: Card, ctx: ActivityContext) -> Receipt:
    ctx.attempts  # error: attr-defined
    return Reservation(id="1")  # error: return-value


class Shop:
    @handles(RESERVE)  # error: arg-type
    async def takes_another_input(self, card: Card) -> Reservation:
        return Reservation(id=card.number)

    @handles(CHARGE)  # error: arg-type
    def gives_another_result(self, card: Card) -> Reservation:
        return Reservation(id=card.number)

    @handles(CHARGE, run_in="process")  # error: arg-type
    def runs_elsewhere(self, card: Card) -> Receipt:
        return Receipt(total=1)


class Subclass(Shop):
    def runs_elsewhere(self, card: Order) -> Receipt:  # error: override
        return Receipt(total=1)


async def runs_in_a_test_with_another_input() -> None:
    worker.include(Shop, per="request")  # error: arg-type
    async with WorkerEnvironment(worker) as env:
        await env.run(CHARGE, Order(sku="a"))  # error: misc
