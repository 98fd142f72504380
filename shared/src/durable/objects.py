"""The object store: where files and large payloads lie; what handlers get injected.

1. A name is a relative path of parts joined by `/`; no part is empty, `.` or `..`, and none starts with a slash.
   It does not end in `#` and digits: so are the files named that a local store is still writing.
2. The port offers what a local folder and Azure Blob Storage both have: whole and streamed writes that appear at once
   or not at all, reads, listing by prefix, idempotent delete.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from durable.errors import InvalidName

NAME_CHARACTERS_MAX = 512
_UNFINISHED = re.compile(r"#\d+$")
_PART = re.compile(r"[^\x00-\x1f\x7f\\/*?\"<>|]+")


def check_object_name(name: str) -> str:
    """Give the name back if it is legal.

    Raises:
        InvalidName: it is not; the message says the rule.
    """
    legal = len(name) <= NAME_CHARACTERS_MAX and all(
        _PART.fullmatch(part) and part.strip(". ") != "" for part in name.split("/")
    )
    if not legal or _UNFINISHED.search(name):
        raise InvalidName(
            f"expected an object name of parts joined by '/', none empty, '.' or '..', without control characters or "
            f'\\ * ? " < > |, not ending in # and digits, at most {NAME_CHARACTERS_MAX} characters; '
            f"found {name[:200]!r}"
        )
    return name


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object's name and size in bytes."""

    name: str
    size: int


class ObjectStore(Protocol):
    """Keeps bytes by name.

    Any method raises `TransientError` if the store did not answer.
    """

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        """Write an object, over an older one of that name; it appears whole or not at all.

        An error of the iterable passes through, and nothing is written.

        Raises:
            InvalidName: the name is not legal, or an object has the name of one of its folders or the other way round
                (which a local store alone refuses).
        """

    async def get(self, name: str) -> bytes:
        """Read a whole object.

        Raises:
            ObjectNotFound: there is none.
            InvalidName: the name is not legal.
        """

    def stream(self, name: str) -> AsyncIterator[bytes]:
        """Read an object in chunks of bounded size. Errors as `get`, at the first chunk."""

    async def info(self, name: str) -> ObjectInfo:
        """Tell the size of an object. Errors as `get`."""

    async def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""

    def list(self, prefix: str) -> AsyncIterator[ObjectInfo]:
        """List the objects whose names start with `prefix/`, by name."""

    async def page(self, prefix: str, after: str, size: int) -> Sequence[ObjectInfo]:
        """List at most so many objects whose names start with `prefix/` and are greater than `after`, by name.

        An empty prefix is the whole store, an empty `after` its beginning. The next page is what comes after the last
        name of this one: objects that come and go between two pages are listed or not, all others once. Memory is
        bounded by the size, not by what the store holds.

        Raises:
            InvalidName: the prefix is not legal.
        """
