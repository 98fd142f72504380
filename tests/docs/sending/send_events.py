"""Sends CloudEvents and goes on sending until each is taken: `python send_events.py http://127.0.0.1:7310`.

A deployed ingestor wants a token; name its scope behind it: `https://ingestor.example api://<application>/.default`.
"""

import asyncio
import sys

import aiohttp
from azure.identity.aio import DefaultAzureCredential

BATCH = {"Content-Type": "application/cloudevents-batch+json"}


async def send(session: aiohttp.ClientSession, ingestor: str, events: list[dict[str, object]]) -> None:
    """Send a batch; the ids of the events tell a repeat from news, so that repeating is safe."""
    while True:
        async with session.post(f"{ingestor}/events", json=events, headers=BATCH) as response:
            if response.status not in {429, 503}:
                response.raise_for_status()
                return
            await asyncio.sleep(float(response.headers.get("Retry-After", "1")))


async def bearer(scope: str) -> dict[str, str]:
    """Give a token of whatever identity this runs under, good for an hour or so."""
    async with DefaultAzureCredential() as credential:
        return {"Authorization": f"Bearer {(await credential.get_token(scope)).token}"}


async def main(ingestor: str, scope: str = "") -> None:
    events: list[dict[str, object]] = [
        {
            "specversion": "1.0",
            "id": f"python-{number}",
            "source": "/shop",
            "type": "rows.received",
            "data": {"objects": [f"orders-{number}.jsonl"]},
        }
        for number in range(3)
    ]
    async with aiohttp.ClientSession(headers=await bearer(scope) if scope else {}) as session:
        await send(session, ingestor, events)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
