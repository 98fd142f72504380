"""A saga of 10,000 steps in a record store that is reached through the real SDK: how fast it is loaded."""

import gc
from collections.abc import Iterator
from time import process_time

import pytest

from durable import SagaContext, saga
from durable.adapters.clock import SystemClock
from durable.adapters.cosmos import CosmosStore, store_from
from durable.events import ActivityCompleted, SagaStarted
from durable.ids import run_id
from durable.ports import Create, Operation
from durable.status import Status
from orchestrator.__main__ import GC_THRESHOLDS
from orchestrator.engine import Identity, Instance, Setup
from orchestrator.heads import Head, encode_head
from orchestrator.host.committer import Committer
from orchestrator.host.compaction import Span, compact_turns
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import Ownership, take_over
from orchestrator.host.residents import Resident
from orchestrator.records import TurnRecord, encode_turn, records_range
from tests.support.cosmos_endpoint import running_endpoint, settings_for
from tests.support.examples import AT
from tests.support.host_sagas import ADD_ONE, Number
from tests.support.host_world import PARTITION, HostWorld

STEPS = 10_000
LOAD_SECONDS_MAX = 2.0


@saga("steps")
async def steps(ctx: SagaContext, count: Number) -> Number:
    done = Number(value=0)
    for _ in range(count.value):
        done = await ctx.call(ADD_ONE, done)
    return done


IDENTITY = Identity("a", run_id("start"), 1)


def the_turns(setup: Setup) -> list[TurnRecord]:
    """All turns but the last: one step each."""
    instance = Instance.new(IDENTITY, setup)
    inbox = [SagaStarted(message_id="start", saga="steps", input={"value": STEPS})]
    answers = [
        ActivityCompleted(
            message_id=f"{n:032x}", task_id=n, output={"value": n}, worker="w", started_at=AT, ended_at=AT
        )
        for n in range(1, STEPS)
    ]
    turns = []
    for sequence, event in enumerate([*inbox, *answers], start=1):
        turn = instance.turn([event], AT)
        written = ("a", IDENTITY.run, 1, sequence, turn.at, "0:batch", turn.events, turn.outbox, None)
        turns.append(TurnRecord(*written))
    instance.close()
    return turns


def the_head() -> Head:
    return Head("a", PARTITION, "steps", "1", Status.RUNNING, IDENTITY.run, "start", AT, AT, turns=STEPS)


async def store_history(store: CosmosStore, setup: Setup) -> None:
    operations: list[Operation] = [Create(encode_turn(turn, PARTITION)) for turn in the_turns(setup)]
    operations.append(Create(encode_head(the_head())))
    for first in range(0, len(operations), 100):
        await store.write(PARTITION, operations[first : first + 100])


async def load(ports: HostPorts, owned: Ownership) -> tuple[int, float]:
    """Load it cold, twice; gives how much of it is compacted, and the lesser processor time.

    That of the local endpoint is in it. Others use the machine, so that the time of day would say less.
    """
    took = []
    for _ in range(2):
        began = process_time()
        resident = await Loader(ports, owned).load("a")
        took.append(process_time() - began)
        assert isinstance(resident, Resident)
        assert isinstance(resident.instance, Instance)
        assert (resident.turns, resident.instance.status) == (STEPS, Status.RUNNING)
        assert resident.instance.mismatch is None
        resident.instance.close()
        compacted = resident.compacted
    return compacted, min(took)


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Collect garbage as seldom as the service does."""
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    yield
    gc.set_threshold(*before)


async def test_ten_thousand_steps_are_loaded_in_two_seconds_before_and_after_they_are_compacted() -> None:
    async with running_endpoint() as endpoint:
        store = await store_from(settings_for(endpoint))
        world = HostWorld(sagas=[steps])
        ports = world.ports(store=store)
        await store_history(store, world.setup)
        owned = await take_over(store, SystemClock(), PARTITION, "host", "nonce")
        plain, took_plain = await load(ports, owned)
        await compact_turns(Span(IDENTITY, 1, STEPS - 500), Loader(ports, owned), Committer(store, owned))
        compacted, took_compacted = await load(ports, owned)
        records = [stored async for stored in store.scan(PARTITION, *records_range("a"))]
        await store.close()

    assert took_plain < LOAD_SECONDS_MAX
    assert took_compacted < LOAD_SECONDS_MAX
    assert plain == 0
    assert compacted == STEPS - 500
    assert len(records) < 530
