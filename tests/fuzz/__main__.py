"""`make fuzz`: attacks by chance on both endpoints, while a client of the vendor's SDK sends and receives.

`SECONDS` says how long (60), `SEED` with which chance (that of the clock), `AT` repeats the attacks of one number. What
breaks is told with the command that repeats it; the exit code is then 1.
"""

import asyncio
import itertools
import os
import sys
import time
import traceback
from collections.abc import Iterator

import pytest

from tests.fuzz.campaign import GROWTH_MB_MAX, Broken, Campaign, resident_mb, until
from tests.fuzz.stage import staged
from tests.support.hurried_sdk import hurry_sdk

_SAY_EVERY = 10.0


def main() -> int:
    """Run what the environment asks for."""
    seed = int(os.environ.get("SEED") or time.time())
    numbers = iter([int(os.environ["AT"])]) if os.environ.get("AT") else until(float(os.environ.get("SECONDS") or 60))
    print(f"seed {seed}", flush=True)
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        return asyncio.run(_run(seed, numbers))


async def _run(seed: int, numbers: Iterator[int]) -> int:
    began = time.monotonic()
    async with staged() as stage:
        campaign = Campaign(stage, seed)
        try:
            await campaign.run(itertools.islice(numbers, 500))
            warm = resident_mb()
            await campaign.run(_told(numbers, campaign, began))
        except Broken as broken:
            traceback.print_exception(broken.__cause__)
            print(f"BROKEN: {broken}")
            return 1
    grown = resident_mb() - warm
    print(f"{_figures(campaign, began)}; memory grew by {grown:.0f} MB since attack 500; slowest {campaign.slowest}")
    return int(grown > GROWTH_MB_MAX)


def _told(numbers: Iterator[int], campaign: Campaign, began: float) -> Iterator[int]:
    said = time.monotonic()
    for number in numbers:
        if time.monotonic() - said > _SAY_EVERY:
            said = time.monotonic()
            print(_figures(campaign, began), flush=True)
        yield number


def _figures(campaign: Campaign, began: float) -> str:
    total, seconds = sum(campaign.done.values()), time.monotonic() - began
    return f"{total} attacks in {seconds:.0f} s ({dict(campaign.done)}), most memory {resident_mb():.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
