"""Send samples to the ingestor and remember which event each became.

1. A document is uploaded; the ingestor publishes that it was received.
2. Files that belong to an event are stored one by one, and then named in it.
3. A saga that an event starts bears, after its name, a number that follows from source and id of the event.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from stack.demo.samples import Sending
from stack.demo.web import Answer, post_event, upload
from stack.errors import StackError

SOURCE = "/samples"
ROOT = Path(__file__).resolve().parents[3]
PUBLISHER = (sys.executable, "-m", "samples.publish")


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways in: the ingestor, and the settings of those that publish past it."""

    ingestor: str
    past_ingestor: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """A sending with the number of its event, or with the answer that refused it."""

    sending: Sending
    number: str = ""
    refusal: Answer | None = None

    def started(self, instance_id: str) -> bool:
        """Tell whether it is what started an instance."""
        return bool(self.number) and instance_id.rpartition(":")[2] == self.number


async def publish(ways: Ways, sending: Sending) -> Published:
    """Send the files and the event; a refusal is an answer like any other."""
    method = "PUT" if sending.event_type else "POST"
    stored: dict[str, Any] = {}
    for file in sending.files:
        answer = await upload(ways.ingestor, method, file, sending.media_type)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            return Published(sending, refusal=answer)
        stored[file.name] = answer.document
    if sending.event_type is None:
        (document,) = stored.values()
        return Published(sending, number_of(document["event"]))
    event = event_of(sending.event_type, filled(sending.data, stored))
    if sending.past_ingestor:
        await _publish_past(ways.past_ingestor, event)
        return Published(sending, number_of(event))
    answer = await post_event(ways.ingestor, event)
    refused = answer.status >= HTTPStatus.BAD_REQUEST
    return Published(sending, refusal=answer) if refused else Published(sending, number_of(event))


def event_of(event_type: str, data: object) -> dict[str, object]:
    """Make a CloudEvent of its own."""
    return {"specversion": "1.0", "id": uuid4().hex, "source": SOURCE, "type": event_type, "data": data}


def number_of(event: Mapping[str, Any]) -> str:
    """Give what follows from an event by the rule of docs/reference/author-api.md: 32 hex digits."""
    parts = (event["source"], event["id"])
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]


def filled(data: object, stored: Mapping[str, Mapping[str, object]]) -> object:
    """Fill the places of the data of an event with what the ingestor said of the stored files."""
    if isinstance(data, list):
        return [filled(each, stored) for each in data]
    if not isinstance(data, Mapping):
        return data
    place, file = next(iter(data.items()), ("", ""))
    if place not in _PLACES or not isinstance(file, str):
        return {name: filled(value, stored) for name, value in data.items()}
    return _PLACES[place](stored[file])


_PLACES: Mapping[str, Callable[[Mapping[str, object]], object]] = {
    "$object": lambda answer: answer["object"],
    "$folder": lambda answer: str(answer["object"]).rpartition("/")[0],
    "$document": lambda answer: {name: answer[name] for name in ("object", "name", "media_type", "size")},
}


async def _publish_past(settings: Mapping[str, str], event: Mapping[str, object]) -> None:
    """Have a program with an SDK put the event on the topic.

    Raises:
        StackError: it could not; with what it said.
    """
    child = await asyncio.create_subprocess_exec(
        *PUBLISHER,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await child.communicate(json.dumps(event).encode())
    if child.returncode:
        raise StackError(f"the event could not be published: {said.decode(errors='replace')[-2000:]}")
