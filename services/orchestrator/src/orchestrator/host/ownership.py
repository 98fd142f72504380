"""Who may write to a partition: the owner document, which every batch reads first.

1. Taking over deletes the document of the owner before and creates the next number, in one batch: of two hosts that
   try, one is refused.
2. A batch that begins by reading a document that is gone is refused as a whole, so an owner that lost its session
   without knowing it can't commit.
3. A batch that deletes anything, or makes valid what others may sweep, replaces the document instead: of two batches
   that change it, one is refused, however little one sees of the other.
4. The nonce in the document lets a host recognise its own takeover when the answer to it was lost.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from durable.codec import encode_time
from durable.errors import WriteRefused, WriteUncertain
from durable.ports import Clock, Create, Delete, Read, Record, RecordStore, Replace, Stored
from orchestrator.host.suspicion import inherited

_LOG = logging.getLogger(__name__)
_FIRST, _LAST = "~owner~", "~owner~9999999999"
_PAUSE_FIRST, _PAUSE_MAX = 0.05, 2.0


@dataclass(frozen=True, slots=True)
class Ownership:
    """One takeover of one partition.

    Attributes:
        number: counts the takeovers of the partition.
        document: the owner document as it is written; what changes in it is written with the next strong fence.
        token: reads with it see at least everything that owners before committed.
    """

    partition: str
    number: int
    document: Record
    token: str | None

    @property
    def fence(self) -> Read:
        """The operation that begins every batch of this owner that only adds."""
        return Read(owner_id(self.number))

    @property
    def strong_fence(self) -> Replace:
        """The operation that begins every batch that deletes."""
        return Replace(self.document)


def owner_id(number: int) -> str:
    """Name the document of the n-th owner."""
    return f"~owner~{number:010d}"


async def take_over(store: RecordStore, clock: Clock, partition: str, host: str, nonce: str) -> Ownership:
    """Become the owner of a partition whose session this host holds.

    Tries until the store says yes; the caller bounds it by holding the session. `nonce` is unique to this call.
    """
    pause = _PAUSE_FIRST
    while True:
        try:
            owners = [stored async for stored in store.scan(partition, _FIRST, _LAST)]
            mine = [stored for stored in owners if stored.record["nonce"] == nonce]
            if mine:
                return await _confirmed(store, partition, mine[0])
            before = max((stored.record for stored in owners), key=lambda record: int(record["number"]), default=None)
            number = before["number"] + 1 if before else 1
            document = _document(partition, number, host, nonce) | {"at": encode_time(clock.now())} | inherited(before)
            receipt = await store.write(partition, [*(Delete(one.record["id"]) for one in owners), Create(document)])
            return Ownership(partition, number, document, receipt.token)
        except (WriteRefused, WriteUncertain) as error:
            _LOG.info("taking over partition %s again: %s", partition, error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _PAUSE_MAX)


def _document(partition: str, number: int, host: str, nonce: str) -> Record:
    return {
        "v": 1,
        "id": owner_id(number),
        "kind": "owner",
        "partition": partition,
        "number": number,
        "host": host,
        "nonce": nonce,
    }


async def _confirmed(store: RecordStore, partition: str, mine: Stored) -> Ownership:
    # A write of the batch whose answer was lost gave no token; a batch that only reads gives one as new.
    number = mine.record["number"]
    receipt = await store.write(partition, [Read(owner_id(number))])
    document = {key: value for key, value in mine.record.items() if not key.startswith("_")}
    return Ownership(partition, number, document, receipt.token)
