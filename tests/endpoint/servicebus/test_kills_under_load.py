import gc
import os
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.hurried_sdk import hurry_sdk
from tests.support.mortal_bus import ACTIVE, SESSION, Ledger, MortalClient, everything_at
from tests.support.service_bus import Links
from tests.support.service_bus_process import EndpointProcess

ROUNDS = int(os.environ.get("ROUNDS", "4"))
SEED = int(os.environ.get("SEED", "1"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.timeout(60 + 10 * ROUNDS)
async def test_what_was_acknowledged_outlives_every_kill_and_nothing_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry_sdk(monkeypatch)
    random, ledger, names = Random(SEED), Ledger(), count()
    for _ in range(ROUNDS):
        with EndpointProcess(tmp_path) as endpoint:
            async with Links(endpoint.connection_string) as links:
                await check(links, ledger)
                client = MortalClient(links, ledger, random, names)
                await client.work_until_killed(endpoint.kill, random.randrange(40, 160))
    with EndpointProcess(tmp_path) as endpoint:
        async with Links(endpoint.connection_string) as links:
            await check(links, ledger)
    # The SDK never closes the transport of a connection that broke; its warning belongs to this test and to no other.
    gc.collect()
    assert ledger.acknowledged > 40 * ROUNDS


async def check(links: Links, ledger: Ledger) -> None:
    """Compare what is there with what was acknowledged; what was doubtful is known from here on."""
    found: dict[str, tuple[Any, Any]] = {}
    numbers = []
    for place, message in await everything_at(links):
        name = str(message.message_id)
        assert name not in found, f"{name} is there twice"
        found[name] = (place, message)
        if place != "dead" and message.session_id is None:
            numbers.append((message.sequence_number, int(name[1:])))
    assert found.keys() <= ledger.sent.keys()
    assert not found.keys() & ledger.gone
    sure = ledger.sent.keys() - ledger.doubtful - ledger.gone
    assert sure <= found.keys()
    for name in sure:
        assert found[name][0] == ledger.place.get(name, ACTIVE), name
        assert name not in ledger.abandoned or found[name][1].delivery_count >= 1
    settle_doubts(ledger, found)
    assert [name for _, name in sorted(numbers)] == sorted(name for _, name in numbers), "numbers follow the sends"
    state = await (await links.receiver("instances", session_id=SESSION)).session.get_state()
    assert (state or b"") in ledger.states
    ledger.states = [bytes(state or b"")]


def settle_doubts(ledger: Ledger, found: dict[str, tuple[Any, Any]]) -> None:
    never_acknowledged = {names for name, names in ledger.sent.items() if name in ledger.doubtful and len(names) > 1}
    for names in never_acknowledged:
        if ledger.doubtful.issuperset(names):
            assert len(found.keys() & set(names)) in {0, len(names)}, f"half of a batch is there: {names}"
    for name in ledger.doubtful:
        if name in found:
            ledger.place[name] = found[name][0]
        else:
            ledger.gone.add(name)
    ledger.doubtful.clear()
