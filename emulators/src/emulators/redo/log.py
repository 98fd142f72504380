"""The log: two files that are written in turn.

1. `append` returns when the record is on the disk. Whoever appends tells the world only then.
2. Files are made in full size and written over: forcing bytes into a file that does not grow is the cheapest way.
3. The owner stores the content of the older file elsewhere, for good, before `switch` writes over it. It keeps the
   number of the last record that it need not do again, `retired`, with what it stored.
4. Records that are still to be done begin at `retired` + 1 and leave no gap. A gap is damage, and never passed over.
"""

import logging
import os
from pathlib import Path
from typing import BinaryIO

from emulators.redo.records import Damaged, Found, Record, find_records, room_for, written

FILE_BYTES = 16 << 20
_LOGGER = logging.getLogger(__name__)
_force = getattr(os, "fdatasync", os.fsync)


class RedoLogError(Exception):
    """The log can't be used; the text says why and what to do."""


class RedoLog:
    """The log of one endpoint, in files `NAME.0.log` and `NAME.1.log`."""

    def __init__(self, directory: Path, name: str, *, retired: int, file_bytes: int = FILE_BYTES) -> None:
        """Open or make the files and read what is to be done again; raises `RedoLogError` or `OSError`."""
        self.file_bytes = file_bytes
        self.used = 0
        self._paths = [directory / f"{name}.{number}.log" for number in (0, 1)]
        self._files: list[BinaryIO] = []
        self._turn = 0
        try:
            for path in self._paths:
                self._files.append(path.open("r+b" if path.exists() else "w+b", buffering=0))
            found = [self._found(path, file, retired) for path, file in zip(self._paths, self._files, strict=True)]
            self.recovered = self._in_order([record for each in found for record in each.records], retired)
            for path, file, each in zip(self._paths, self._files, found, strict=True):
                if each.torn:
                    _repair(path, file, each)
                _allocate(file, file_bytes)
            _force_directory(directory)
        except BaseException:
            self.close()
            raise
        self.last = retired + len(self.recovered)

    def append(self, payload: bytes) -> None:
        """Put one record on the disk; raises `OSError`, and the log is good for nothing but to be closed then."""
        file = self._files[self._turn]
        data = memoryview(written(self.last + 1, payload))
        file.seek(self.used)
        while data:
            data = data[file.write(data) :]
        _force(file.fileno())
        self.used += room_for(payload)
        self.last += 1

    @property
    def is_full(self) -> bool:
        """Whether it is time to `switch`."""
        return self.used >= self.file_bytes

    def switch(self) -> None:
        """Go on at the beginning of the other file: nothing in it is needed any more."""
        self._turn = 1 - self._turn
        self.used = 0
        file = self._files[self._turn]
        if file.seek(0, os.SEEK_END) > self.file_bytes:
            file.truncate(self.file_bytes)

    def restart(self) -> None:
        """Go on at the beginning of the present file: nothing in either is needed any more."""
        self.used = 0

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def remove(self) -> None:
        """Close and delete the files: all that they hold is stored elsewhere."""
        self.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _found(self, path: Path, file: BinaryIO, retired: int) -> Found:
        try:
            return find_records(file.read(), retired)
        except Damaged as cause:
            raise RedoLogError(self._advice(f"{path.name} is {cause}")) from cause

    def _in_order(self, found: list[Record], retired: int) -> list[bytes]:
        found.sort()
        for expected, record in enumerate(found, start=retired + 1):
            if record.number != expected:
                text = f"record {expected} is missing, record {record.number} was found instead of it"
                raise RedoLogError(self._advice(text))
        return [record.payload for record in found]

    def _advice(self, fault: str) -> str:
        files = " and ".join(path.name for path in self._paths)
        return (
            f"the log in {self._paths[0].parent} is damaged: {fault}. What was acknowledged last would be lost, so "
            f"nothing was changed. Put a copy of the folder back; or, to go on without what was acknowledged last, "
            f"move {files} away and start again"
        )


def _repair(path: Path, file: BinaryIO, found: Found) -> None:
    file.truncate(found.end)
    _LOGGER.warning(
        "%s: a crash tore the record at offset %d while it was written. It was never acknowledged and is dropped; the "
        "%d records before it are kept.",
        path,
        found.end,
        len(found.records),
    )


def _allocate(file: BinaryIO, size: int) -> None:
    """Give a file its full size, and room on the disk for it."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    elif file.seek(0, os.SEEK_END) < size:
        file.truncate(size)
    os.fsync(file.fileno())


def _force_directory(directory: Path) -> None:
    """Make sure that new files are found after a power cut; where a directory can't be opened this is the system's."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
