from durable.client import SagaClient
from tests.typing.declared import RESERVE, Card, Order, Receipt, buy, sweep


async def asks(client: SagaClient, order: Order) -> None:
    await client.start(buy, Card(number="1"))  # error: misc
    await client.start(buy)  # error: arg-type
    await client.start(sweep, order)  # error: misc
    await client.start(RESERVE, order)  # error: call-overload
    await client.start(buy, order, if_exists="ignore")  # error: call-overload
    await client.start(buy, order, delay=3)  # error: call-overload
    await client.start(buy, order, instance="a")  # error: call-overload, call-overload
    await client.skip("buy:1", "task", "done by hand")  # error: arg-type
    client.start(buy, order)  # error: unused-coroutine
    instance_id: str = client.start(buy, order)  # error: assignment
    wrong: Order = await client.result("buy:1", type=Receipt)  # error: arg-type
    await client.raise_event(buy, "approval")  # error: arg-type
