"""`python tools/smoke_test.py INGESTOR_URL MANAGEMENT_URL [SCOPE]`: publishes an event and sees its instance complete.

With a scope (`api://<application>/.default`) by the identity of whoever runs it, as `az login` made it known; without
one to a stack of this machine. The language worker rests without commands, so its scale rule is tried too.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
import urllib.request
from datetime import timedelta

from azure.identity.aio import DefaultAzureCredential

from contracts.catalogue import TEXT_EMBEDDING_REQUESTED
from durable.client import SagaClient
from durable.errors import NotFound
from durable.ids import digest, instance_id_for

SOURCE = "/smoke-test"
SAGA = "embed-text"
STARTED_WITHIN = timedelta(minutes=3)
ENDED_WITHIN = timedelta(minutes=5)


async def main(ingestor: str, management: str, scope: str = "") -> int:
    """Publish, wait, and give the exit code."""
    event_id = secrets.token_hex(8)
    credential = DefaultAzureCredential() if scope else None
    try:
        token = (await credential.get_token(scope)).token if credential else ""
        await asyncio.to_thread(publish, ingestor, event_id, token)
        instance_id = instance_id_for(SAGA, digest(SOURCE, event_id))
        print(f"published event {event_id}; waiting for instance {instance_id}", flush=True)
        async with SagaClient(management, credential=credential, scope=scope) as client:
            await until_started(client, instance_id)
            result = await client.result(instance_id, timeout=ENDED_WITHIN)
        print(f"completed: {json.dumps(result)}")
    finally:
        if credential:
            await credential.close()
    return 0


def publish(ingestor: str, event_id: str, token: str) -> None:
    """Post one event; raises if it is not taken."""
    target = {"store": "main", "name": f"smoke-test/{event_id}"}
    data = {"text": "One text to see that everything answers.", "target": target}
    event = {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": TEXT_EMBEDDING_REQUESTED, "data": data}
    headers = {"Content-Type": "application/cloudevents+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{ingestor.rstrip('/')}/events", json.dumps(event).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        print(f"the ingestor answers {answer.status}")


async def until_started(client: SagaClient, instance_id: str) -> None:
    """Wait until the event has become an instance."""
    end = time.monotonic() + STARTED_WITHIN.total_seconds()
    while True:
        try:
            await client.get(instance_id)
        except NotFound:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(1)
        else:
            return


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
