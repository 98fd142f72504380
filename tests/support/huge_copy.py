"""`python -m tests.support.huge_copy FROM TO NAME` copies an object and tells by how many bytes the process grew."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from contracts.locations import Location
from durable.adapters.memory import MemoryObjects
from durable.adapters.objects import objects_from
from durable.stores import ObjectStores
from storage_worker.copying import copy_object


def peak_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def copied(source: str, target: str, name: str) -> str:
    others = {"from": objects_from(source), "to": objects_from(target)}
    stores = ObjectStores(MemoryObjects(), others)
    # What a first copy needs anyway: threads and their stacks.
    await stores["from"].put("small", b"x")
    await copy_object(stores, Location(store="from", name="small"), Location(store="to", name="small"), lambda _: None)
    before = peak_bytes()
    written = await copy_object(
        stores, Location(store="from", name=name), Location(store="to", name=name), lambda _: None
    )
    return f"{written.size} {written.sha256} {peak_bytes() - before}"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(copied(*sys.argv[1:])))
