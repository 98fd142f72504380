from datetime import UTC, datetime, timedelta

from durable import Status
from durable.client import SagaClient


async def what_is_stuck(client: SagaClient) -> list[str]:
    """Say of each instance that has run for an hour and is not done what it waits for."""
    lines = []
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async for line in client.list(status=Status.RUNNING, created_before=hour_ago):
        view = await client.get(line.id)
        waits = [f"{wait.kind} {wait.name} since {wait.since:%H:%M}" for wait in view.waiting_for or ()]
        lines.append(f"{line.id}: {', '.join(waits) or view.note}")
    return lines
