from durable import Status
from durable.client import InstanceView, SagaClient


async def repair(client: SagaClient, instance_id: str) -> InstanceView:
    """Have an instance go on after what made it fail was mended."""
    view = await client.get(instance_id)
    if view.status in {Status.FAILED, Status.COMPENSATION_FAILED}:
        await client.retry(instance_id, "the gateway is mended")
    elif view.status is Status.BLOCKED:
        # What differs is view.blocked: `expected`, `found`, and the line of code in `location`.
        await client.unblock(instance_id, "the code is put right")
    return await client.get(instance_id)


async def settle_by_hand(client: SagaClient, instance_id: str) -> None:
    """Say that what could not be undone was undone by a person."""
    view = await client.get(instance_id)
    for task_id in view.not_undone:
        await client.skip(instance_id, task_id, "refunded by hand, ticket 4711")


async def try_it_aside(client: SagaClient, instance_id: str) -> object:
    """Run the last step of an instance again, in another one."""
    last = [event for event in await client.history(instance_id) if event.kind == "ActivityScheduled"][-1]
    other = await client.fork(instance_id, from_=last.sequence, reason="what would it say today?")
    return await client.result(other)
