"""Send the sample files to the ingestor and remember under which name each one is kept."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from stack.demo.web import upload


@dataclass(frozen=True, slots=True)
class Published:
    """A file that the ingestor took, or the reason why it did not."""

    file: str
    object: str | None
    refusal: str


async def publish(ingestor: str, file: Path) -> Published:
    """Send one file; a refusal is an answer like any other."""
    answer = await upload(ingestor, file)
    if answer.status == HTTPStatus.ACCEPTED:
        return Published(file.name, answer.document["object"], "")
    said = answer.document.get("detail") or answer.document.get("title") or answer.document
    return Published(file.name, None, f"{answer.status} {said}")
