from typing import assert_type

from durable.client import SagaClient
from tests.typing.declared import HOUR, Approval, Order, Receipt, buy, sweep


async def asks(client: SagaClient) -> None:
    assert_type(await client.start(buy, Order(sku="a")), str)
    assert_type(await client.start(sweep), str)
    assert_type(await client.start("by-name", {"sku": "a"}), str)
    await client.start(buy, Order(sku="a"), if_exists="return", request_id="r", delay=HOUR, tags={"shop": "north"})
    await client.start(sweep, event=("approval", Approval(by="me")))
    await client.raise_event("buy:1", "approval", Approval(by="me"))
    assert_type(await client.result("buy:1", type=Receipt, timeout=HOUR), Receipt)
    assert_type(await client.result("buy:1", type=list[Receipt]), list[Receipt])
