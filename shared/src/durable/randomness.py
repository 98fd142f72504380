"""Chance that repeats itself: generators, fractions and UUIDs derived from what they are for.

1. This is the only module that imports `random` and makes UUIDs; nothing here reads a clock or a random source.
2. The same parts give the same numbers in every process and version of Python that runs this code.
"""

from __future__ import annotations

from random import Random
from uuid import UUID

from durable.ids import digest


def seeded(*parts: str | int) -> Random:
    """Give a generator whose numbers depend on the parts and on nothing else. Not for secrets."""
    return Random(int(digest(*parts), 16))


def fraction(*parts: str | int) -> float:
    """Give a number in [0, 1) that depends on the parts and on nothing else."""
    return int(digest(*parts)[:13], 16) / 16**13


def derived_uuid(*parts: str | int) -> UUID:
    """Give a UUID that depends on the parts and on nothing else, in the form of one derived from a name."""
    return UUID(hex=digest(*parts), version=5)
