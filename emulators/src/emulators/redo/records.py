"""How a record lies in a file, and what is found in a file after a crash.

1. A record is a header (marker, length, number, checksum) and a payload. Numbers rise by one and never come back.
2. Behind the last record stand zeros in place of a header; whatever lies behind them is left over from an earlier use.
3. A record is forced to the disk before the next one is written, so a crash can tear the last one only. Something
   unreadable with a newer record behind it is damage.
"""

from struct import Struct
from typing import NamedTuple
from zlib import crc32

_MARKER = b"\xd5RDO"
_HEADER = Struct(">4sIQI")
_NUMBERED = Struct(">IQ")
_END = bytes(_HEADER.size)


class Record(NamedTuple):
    """A record that was found whole; `end` is the place behind it."""

    number: int
    payload: bytes
    end: int


class Found(NamedTuple):
    """What a file holds: its records, the place behind the last one, and whether a torn one lies there."""

    records: list[Record]
    end: int
    torn: bool


class Damaged(Exception):
    """A file can't be read at this offset although newer records follow."""

    def __init__(self, offset: int, number: int) -> None:
        super().__init__(f"unreadable at offset {offset}, though record {number} follows behind it")


def written(number: int, payload: bytes) -> bytes:
    """A record as bytes, with the zeros that mark the end."""
    checksum = crc32(payload, crc32(_NUMBERED.pack(len(payload), number)))
    return b"".join((_HEADER.pack(_MARKER, len(payload), number, checksum), payload, _END))


def room_for(payload: bytes) -> int:
    """How many bytes lie between the beginning of a record and that of the next one."""
    return _HEADER.size + len(payload)


def find_records(data: bytes, retired: int) -> Found:
    """Read a file from its beginning; records up to number `retired` count as leftovers. Raises `Damaged`."""
    records: list[Record] = []
    at = 0
    while (record := _record_at(data, at)) is not None and (not records or record.number == records[-1].number + 1):
        records.append(record)
        at = record.end
    newer = _newer_record(data, at, max(retired, records[-1].number if records else 0))
    if newer is not None:
        raise Damaged(at, newer)
    torn = bool(data) and data[at : at + len(_END)] != _END
    return Found([record for record in records if record.number > retired], at, torn)


def _record_at(data: bytes, at: int) -> Record | None:
    if at + _HEADER.size > len(data):
        return None
    marker, length, number, checksum = _HEADER.unpack_from(data, at)
    start = at + _HEADER.size
    if marker != _MARKER or start + length > len(data):
        return None
    payload = data[start : start + length]
    if crc32(payload, crc32(_NUMBERED.pack(length, number))) != checksum:
        return None
    return Record(number, payload, start + length)


def _newer_record(data: bytes, at: int, last: int) -> int | None:
    """The number of a record behind a place that is newer than `last`; leftovers of an earlier use are older."""
    at = data.find(_MARKER, at)
    while at >= 0:
        record = _record_at(data, at)
        if record is not None and record.number > last:
            return record.number
        at = data.find(_MARKER, at + 1)
    return None
