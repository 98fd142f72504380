"""`python -m secrets_worker unseal FILE` writes the value of a sealed secret to standard output, for who has the key.

It needs `SECRETS_SEAL_KEYS` and nothing else: neither a vault nor a broker. `FILE` is a copy of the object, or `-`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from durable.errors import SettingsInvalid
from durable.process import STOPPED, TO_BE_MENDED
from durable.settings import Environment
from secrets_worker.parts import seal_from
from secrets_worker.sealing import NotSealed

USAGE = "expected: python -m secrets_worker unseal FILE (or - for standard input); without arguments it serves"


def unseal(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Write the value, and nothing behind it; gives the exit code, after a word on standard error if it is not 0."""
    if len(arguments) != 2 or arguments[0] != "unseal":
        return _told(USAGE)
    environment = Environment(variables)
    seal = seal_from(environment)
    try:
        environment.done()
        data = sys.stdin.buffer.read() if arguments[1] == "-" else Path(arguments[1]).read_bytes()
        assert seal is not None
        value, _ = seal.open(data)
    except (SettingsInvalid, NotSealed, OSError) as error:
        return _told(str(error))
    sys.stdout.write(value)
    sys.stdout.flush()
    return STOPPED


def _told(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return TO_BE_MENDED
