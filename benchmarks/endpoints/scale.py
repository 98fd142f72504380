"""Measures how the Service Bus endpoint grows: `python -m benchmarks.endpoints.scale --help`.

Messages that wait in a queue, and in sessions of their own: memory for each, how fast they are taken in, a start after
them. Connections with two links each: memory, processor time while nothing happens, whether all are still served.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.endpoints.child import MEBIBYTE, EndpointProcess
from benchmarks.endpoints.raw_amqp import RawConnection, batch_of, encoded
from benchmarks.endpoints.servicebus_workloads import BATCH, BusWorld, delete_batches, settle_singles, written_topology

_BODY = b"x" * 1024
_AT_ONCE = 200


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints.scale", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="how many wait (default: 1,000,000)")
    parser.add_argument("--connections", type=int, default=3_000, help="how many are open (default: 3,000)")
    parser.add_argument("--idle", type=float, default=60, help="seconds to look at idle connections (default: 60)")
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if asked.messages:
        asyncio.run(_waiting(asked.messages, sessions=False))
        asyncio.run(_waiting(asked.messages, sessions=True))
    if asked.connections:
        asyncio.run(_connected(asked.connections, asked.idle))
    return 0


@contextmanager
def _endpoint(*, kept: bool) -> Iterator[EndpointProcess]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = Path(folder) / "data" if kept else None
        topology = written_topology(Path(folder))
        with EndpointProcess("emulators.servicebus", topology, data, "--http-port", "0") as endpoint:
            yield endpoint


async def _waiting(count: int, *, sessions: bool) -> None:
    with _endpoint(kept=True) as endpoint:
        before = endpoint.resident_bytes()
        queue = "kept" if sessions else "plain"
        raw = await RawConnection.open(endpoint.ready, queue, "held" if sessions else None)
        print(f"{count:,} messages of 1 KB wait in {'a session each' if sessions else 'a queue'}, on disk")
        for tenth in range(10):
            cpu = endpoint.cpu_seconds()
            for start in range(tenth * count // 10, (tenth + 1) * count // 10, BATCH):
                names = [f"{start + number:032}" for number in range(BATCH)]
                await raw.send(batch_of([encoded(_BODY, name, name if sessions else None) for name in names]))
            if tenth in {0, 9}:
                spent = (endpoint.cpu_seconds() - cpu) / (count // 10) * 1e6
                print(f"  taking in the {'first' if tenth == 0 else 'last'} tenth: {spent:.1f} µs for a message")
        raw.close()
        print(f"  memory: {(endpoint.resident_bytes() - before) / count:.0f} bytes for a message")
        print(f"  files: {endpoint.file_bytes() / MEBIBYTE:.0f} MiB")
        if not sessions:
            await _use(endpoint)
        endpoint.kill()
        began = time.perf_counter()
        endpoint.start()
        print(
            f"  start after it: {time.perf_counter() - began:.1f} s, {endpoint.cpu_seconds():.1f} s of processor time"
        )


async def _use(endpoint: EndpointProcess) -> None:
    async with BusWorld(endpoint.ready) as world:
        for name, work, count in (("settled singly", settle_singles, 2000), ("deleted by 100", delete_batches, 10_000)):
            cpu = endpoint.cpu_seconds()
            await work(world, count)
            print(f"  {name} from it: {(endpoint.cpu_seconds() - cpu) / count * 1e6:.1f} µs for a message")
        cpu = endpoint.cpu_seconds()
        await world.receiver.peek_messages(100, sequence_number=500_000)
        print(f"  a peek into the middle: {(endpoint.cpu_seconds() - cpu) * 1000:.1f} ms")


async def _connected(count: int, idle: float) -> None:
    with _endpoint(kept=False) as endpoint:
        before, cpu = endpoint.resident_bytes(), endpoint.cpu_seconds()
        opened: list[RawConnection] = []
        for _ in range(0, count, _AT_ONCE):
            size = min(_AT_ONCE, count - len(opened))
            opened += await asyncio.gather(*(RawConnection.open(endpoint.ready, "plain") for _ in range(size)))
        print(f"{count:,} connections with a sender and a receiver each")
        print(f"  opening: {(endpoint.cpu_seconds() - cpu) / count * 1e6:.0f} µs of processor time each")
        print(f"  memory: {(endpoint.resident_bytes() - before) / count / 1024:.1f} KiB each")
        cpu = endpoint.cpu_seconds()
        await asyncio.sleep(idle)
        print(f"  idle for {idle:.0f} s: {(endpoint.cpu_seconds() - cpu) / idle * 100:.2f} % of a core for all")
        cpu = endpoint.cpu_seconds()
        await asyncio.gather(*(each.send(encoded(_BODY, "one")) for each in opened))
        print(f"  a message on each: all answered, {(endpoint.cpu_seconds() - cpu) / count * 1e6:.0f} µs each")
        for each in opened:
            each.close()


if __name__ == "__main__":
    sys.exit(main())
