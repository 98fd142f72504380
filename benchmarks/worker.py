"""The worker of the benchmark: echoes its input with a time stamp."""

from __future__ import annotations

import sys
import time

from benchmarks.contracts import ECHO, Item, Stamped
from durable.worker import Worker
from durable.worker.run import main

worker = Worker("bench")


@worker.handles(ECHO)
async def echo(item: Item) -> Stamped:
    """Give the item back with the present time."""
    return Stamped(i=item.i, p=item.p, t=time.time())


if __name__ == "__main__":
    sys.exit(main(worker, "contracts"))
