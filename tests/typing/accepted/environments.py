from typing import Any, assert_type

from durable.testing import Mode, Run, SagaEnvironment
from durable.worker import ActivityContext
from tests.typing.declared import CHARGE, HOUR, RESERVE, Approval, Card, Order, Receipt, Reservation, buy, sweep


async def reserve(order: Order, ctx: ActivityContext) -> Reservation:
    return Reservation(id=order.sku)


def charge(card: Card) -> Receipt:
    return Receipt(total=1)


def tests(order: Order) -> None:
    env = SagaEnvironment([buy, sweep], handlers={RESERVE: reserve, CHARGE: charge}, mode=Mode.COLD, seed=7)
    bought = env.start(buy, order, instance_id="a")
    env.settle()
    env.advance(HOUR)
    env.raise_event("a", "approval", Approval(by="me"))
    assert_type(bought, Run[Receipt])
    assert_type(bought.result.total, int)
    assert_type(env.start(sweep).result, int)
    assert_type(env.start("by-name", {"sku": "a"}).result, Any)
    looked_at: Run = env.run("a:child")
    assert_type(looked_at.result, Any)
