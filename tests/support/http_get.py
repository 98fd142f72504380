import asyncio
import urllib.error
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def get(url: str, headers: dict[str, str]) -> Answer:
    """What a server in the same loop answers."""
    return await asyncio.to_thread(_get, urllib.request.Request(url, headers=headers))


def _get(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            fields = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, fields, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, {}, refused.read())
