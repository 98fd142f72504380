"""Send samples to the ingestor and remember under which names it keeps them.

1. A document is uploaded; the ingestor publishes that it was received.
2. Files that belong together are stored one by one, and then named in one event.
"""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from stack.demo.samples import Sending
from stack.demo.web import Answer, post_event, upload

SOURCE = "/samples"


@dataclass(frozen=True, slots=True)
class Published:
    """A sending with the objects that hold its files, or with the answer that refused it."""

    sending: Sending
    objects: frozenset[str]
    refusal: Answer | None = None


async def publish(ingestor: str, sending: Sending) -> Published:
    """Send the files; a refusal is an answer like any other."""
    method = "PUT" if sending.event_type else "POST"
    answers = [await upload(ingestor, method, file, sending.media_type) for file in sending.files]
    objects = [answer.document["object"] for answer in answers if "object" in answer.document]
    if sending.event_type and len(objects) == len(sending.files):
        answers.append(await post_event(ingestor, _event(sending.event_type, objects)))
    refusals = (answer for answer in answers if answer.status >= HTTPStatus.BAD_REQUEST)
    return Published(sending, frozenset(objects), next(refusals, None))


def _event(event_type: str, objects: list[str]) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": SOURCE,
        "type": event_type,
        "data": {"objects": objects},
    }
