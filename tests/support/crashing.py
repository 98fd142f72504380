"""What a reader written in C++ may do to its process, and files that may make it do so."""

import os
import signal
from pathlib import Path
from random import Random

from durable import NonRetryable
from tabular_worker.conversion import Job, convert_file


def crash(number: int) -> None:
    os.kill(os.getpid(), signal.Signals(number))


def succeed(value: str) -> str:
    return value


def convert_damaged(given: tuple[Job, Path, int]) -> set[str]:
    """Convert copies of a file with bytes changed by chance; tells how that ended."""
    job, file, seed = given
    chance = Random(seed)
    ends = set()
    for _ in range(30):
        damaged = bytearray(file.read_bytes())
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        copy = file.with_suffix(f".{seed}")
        copy.write_bytes(damaged)
        try:
            convert_file(job, copy, file.with_suffix(".target"))
            ends.add("read")
        except NonRetryable:
            ends.add("refused")
    return ends
