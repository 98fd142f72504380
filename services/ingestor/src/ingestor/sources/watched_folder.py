"""Watches a folder, for local use: a file put there is received as if it had been uploaded, then moved away.

1. A file is taken once it is complete: it looked the same at two looks in a row. Names that begin with a dot or end in
   `.part`, `.tmp` or `.crdownload` are somebody's who still writes.
2. Id and object of a file follow from its name and its content: the same file again is the same event, however often it
   is taken.
3. What is taken goes to `done/`, what can't be to `failed/` beside a file with the reason. It is moved last: if the
   process dies before, the file is taken again, which rule 2 makes harmless.
4. Links are not followed.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from pydantic import BaseModel

from contracts.catalogue import DOCUMENT_RECEIVED, ROWS_RECEIVED
from contracts.documents import DocumentReceived
from contracts.rows import RowsReceived
from durable.cloudevent import CloudEvent
from durable.codec import encode_time
from durable.errors import InvalidName
from durable.ids import digest
from durable.objects import check_object_name
from ingestor.dead_letters import Incoming
from ingestor.ingestion import Ingestion
from ingestor.media_types import media_type_of
from ingestor.sources.files_in_folder import (
    EVENT_SUFFIX,
    FileChanged,
    FoundFile,
    chunks_of_file,
    digest_of_file,
    files_in,
    move_away,
)
from ingestor.sources.options import WatchOptions

SOURCE = "/ingestor/watched-folder"
ORIGIN = "watched-folder"
ROWS_SUFFIXES = (".jsonl", ".ndjson")
_log = logging.getLogger("ingestor")


class _Unfit(Exception):
    """A file that can't be taken; says what was expected and found."""


class WatchedFolder:
    """Takes the files of one folder."""

    def __init__(self, options: WatchOptions, ingestion: Ingestion) -> None:
        self._options = options
        self._objects = ingestion.given.objects
        self._clock = ingestion.given.clock
        self._event_bytes_max = ingestion.given.limits.event_bytes
        self._intake = ingestion.intake
        self._seen: frozenset[FoundFile] = frozenset()

    async def run(self) -> None:
        """Take files until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._options.pause.total_seconds())

    async def look(self) -> None:
        """Take every file that looks as it did the last time.

        Raises:
            TransientError: the object store did not answer; the file stays.
            OSError: the folder can't be read.
        """
        found = frozenset(await asyncio.to_thread(files_in, self._options.folder))
        complete = sorted(found & self._seen, key=lambda file: file.name)
        self._seen = found
        for file in complete:
            await self._settle(file)

    async def _settle(self, file: FoundFile) -> None:
        folder = self._options.folder
        try:
            reason = await self._take(file)
        except (FileChanged, FileNotFoundError) as error:
            _log.info("file %r is looked at again: %s", file.name, error)
            return
        except (_Unfit, InvalidName, PermissionError) as error:
            reason = str(error)
        await asyncio.to_thread(move_away, folder, file, reason)
        _log.log(logging.WARNING if reason else logging.INFO, "file %r %s", file.name, reason or "was taken")

    async def _take(self, file: FoundFile) -> str:
        """Have the event of a file taken; gives why not, empty if it was."""
        path = self._options.folder / file.name
        if file.name.endswith(EVENT_SUFFIX):
            body = await self._events_in(path, file)
        else:
            body = (await self._stored(path, file)).to_json()
        arrived = Incoming(ORIGIN, file.name, file.modified_at, body)
        outcome = await self._intake.take([arrived])
        return "\n".join(
            f"{refused.detail} (dead letter {letter.id})\n"
            + "".join(f"  {where}: {what}\n" for where, what in refused.faults)
            for letter, refused in outcome.refused
        )

    async def _events_in(self, path: Path, file: FoundFile) -> bytes:
        if file.size > self._event_bytes_max:
            raise _Unfit(f"expected events of at most {self._event_bytes_max} bytes in a file; found {file.size} bytes")
        return await asyncio.to_thread(path.read_bytes)

    async def _stored(self, path: Path, file: FoundFile) -> CloudEvent:
        """Bring a file into the object store; gives the event that says so."""
        if not 0 < file.size <= self._options.file_bytes_max:
            raise _Unfit(f"expected a file of 1 to {self._options.file_bytes_max} bytes; found {file.size}")
        if not file.name.isprintable():
            raise _Unfit(f"expected a file name of printable characters; found {file.name!r}")
        content = await asyncio.to_thread(digest_of_file, path)
        name = check_object_name(f"watched/{content}/{file.name}")
        written = await self._objects.put(name, chunks_of_file(path, file))
        type_, data = _said_of(file, name, written.size)
        return CloudEvent(
            id=digest(file.name, content),
            source=SOURCE,
            type=type_,
            data=data.model_dump(),
            time=encode_time(self._clock.now()),
            datacontenttype="application/json",
        )


def _said_of(file: FoundFile, name: str, size: int) -> tuple[str, BaseModel]:
    if file.name.lower().endswith(ROWS_SUFFIXES):
        return ROWS_RECEIVED, RowsReceived(objects=[name])
    media_type = media_type_of("", file.name)
    return DOCUMENT_RECEIVED, DocumentReceived(object=name, name=file.name, media_type=media_type, size=size)
