from durable.client import SagaClient


async def hold_during_maintenance(client: SagaClient, instance_id: str) -> None:
    """Let nothing of an instance run while somebody works on what it needs."""
    await client.suspend(instance_id, "maintenance of the payment gateway")
    ...  # The work. Answers and events that come meanwhile are kept.
    await client.resume(instance_id, "the gateway is back")
