"""The files of a watched folder: which there are, what they hold, and moving them away when they are done with."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DONE = "done"
FAILED = "failed"
REASON_SUFFIX = ".reason.txt"
EVENT_SUFFIX = ".event.json"
FILES_MAX = 10_000
CHUNK_BYTES = 1 << 20
_UNFINISHED = (".part", ".tmp", ".crdownload")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as it looked: its name below the folder with `/` between parts, its size, when it was last written."""

    name: str
    size: int
    modified_ns: int

    @property
    def modified_at(self) -> datetime:
        """When it was last written."""
        return datetime.fromtimestamp(self.modified_ns // 1_000_000_000, UTC)


class FileChanged(Exception):
    """A file was written to while it was read."""


def files_in(folder: Path) -> list[FoundFile]:
    """List the files that wait in a folder and below it, up to `FILES_MAX`; makes the folder if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[FoundFile] = []
    for entry in _entries(folder, ""):
        if len(found) == FILES_MAX:
            break
        found.append(entry)
    return found


def _entries(folder: Path, prefix: str) -> Iterator[FoundFile]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or (not prefix and entry.name in {DONE, FAILED}):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(folder / entry.name, f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False) and not entry.name.lower().endswith(_UNFINISHED):
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                yield FoundFile(f"{prefix}{entry.name}", status.st_size, status.st_mtime_ns)


def digest_of_file(path: Path) -> str:
    """Give 32 hex digits of the content's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


async def chunks_of_file(path: Path, file: FoundFile) -> AsyncIterator[bytes]:
    """Read a file in chunks.

    Raises:
        FileChanged: it does not look as it was found, before or after.
    """
    with await asyncio.to_thread(path.open, "rb") as opened:
        while chunk := await asyncio.to_thread(opened.read, CHUNK_BYTES):
            yield chunk
        status = await asyncio.to_thread(os.fstat, opened.fileno())
    if (status.st_size, status.st_mtime_ns) != (file.size, file.modified_ns):
        raise FileChanged("it was written to while it was read")


def move_away(folder: Path, file: FoundFile, reason: str) -> None:
    """Move a file to `done/`, or to `failed/` with the reason beside it; over nothing that lies there."""
    target = _free(folder / (FAILED if reason else DONE) / file.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if reason:
        (target.parent / f"{target.name}{REASON_SUFFIX}").write_text(f"{reason}\n")
    try:
        (folder / file.name).rename(target)
    except FileNotFoundError:
        return


def _free(target: Path) -> Path:
    number = 2
    found = target
    while found.exists():
        found = target.with_name(f"{target.stem}~{number}{target.suffix}")
        number += 1
    return found
