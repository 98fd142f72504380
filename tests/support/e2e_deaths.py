"""The rows of the crash table with real processes: one that dies for each row, all at once on one stack."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

import aiohttp

from stack import Services
from tests.e2e.services import mortal_ports as points
from tests.e2e.services.fate import Fate
from tests.support.e2e_stack import ORCHESTRATORS, SERVICES, WORKER, Locks, Part, doomed, order_of, services_of
from tests.support.e2e_world import POLL_SECONDS, SHAPES, Asked, World

HEIR = ORCHESTRATORS[0]
PARTITIONS_EACH = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One way to die: the process, the point, and at which passing of the point."""

    process: str
    point: str
    passing: int


OWNERS = (
    Row("received", points.RECEIVED, 3),
    Row("committed", points.COMMITTED, 3),
    Row("sent-some", points.SENT_SOME, 2),
    Row("sent-all", points.SENT_ALL, 3),
    Row("settled-some", points.SETTLED_SOME, 2),
    Row("settled-all", points.SETTLED_ALL, 3),
)
UNANSWERED = Row("unanswered", points.ANSWER_LOST, 3)
STARTER = Row("starter", points.HEAD_WRITTEN, 1)
WORKERS = (
    Row("dies-unsent", points.EFFECT_DONE, 3),
    Row("dies-unsettled", points.COMPLETION_SENT, 3),
)
HOSTS = (*OWNERS, UNANSWERED, STARTER)
PARTITIONS = PARTITIONS_EACH * (len(HOSTS) + 1)


@dataclass
class Deaths:
    """What was asked of the processes that are to die, by row, and who they were before."""

    world: World
    asked: dict[Row, list[Asked]] = field(default_factory=dict)
    pids: dict[Row, int] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)

    def has_happened(self, row: Row) -> bool:
        return not order_of(self.world.stack.folder, row.process).exists()

    def is_another_process(self, row: Row) -> bool:
        return self.world.stack.pids.get(row.process) != self.pids[row]


def deadly_services(folder: Path) -> Services:
    """Describe the stack: an heir that lives, a worker that lives, and a process for each row."""
    hosts = (_doomed(row, Part(row.process, f"{SERVICES}.mortal_orchestrator"), folder) for row in HOSTS)
    workers = (
        _doomed(row, Part(row.process, f"{SERVICES}.mortal_worker", {"WORKER": row.process}), folder) for row in WORKERS
    )
    return services_of((HEIR, WORKER, *hosts, *workers), partitions=PARTITIONS, locks=Locks(instances="PT5S"))


def _doomed(row: Row, part: Part, folder: Path) -> Part:
    return doomed(part, Fate(row.point, row.passing, order_of(folder, row.process), SIGKILL))


async def order_deaths(world: World) -> Deaths:
    """Start sagas in the partitions of each process that is to die, once its death is ordered."""
    deaths = Deaths(world)
    shares = await fair_shares(world)
    for row in (*OWNERS, UNANSWERED):
        deaths.asked[row] = [world.ask(shape, partition=name) for name in shares[row.process] for shape in SHAPES]
    for row in WORKERS:
        deaths.asked[row] = [world.ask(shape, worker=row.process) for shape in SHAPES]
    deaths.asked[STARTER] = [world.ask(shape) for shape in SHAPES]
    for row in (*HOSTS, *WORKERS):
        deaths.pids[row] = world.stack.pids[row.process]
        order_of(world.stack.folder, row.process).touch()
    await world.start(one for row in (*OWNERS, UNANSWERED, *WORKERS) for one in deaths.asked[row])
    deaths.answers = await start_over_http(world, deaths.asked[STARTER])
    return deaths


async def fair_shares(world: World) -> dict[str, list[str]]:
    """Wait until every replica has its share, and tell which partitions that are."""
    names = [HEIR.name, *(row.process for row in HOSTS)]
    shares: dict[str, list[str]] = {}

    async def all_have_theirs() -> bool:
        shares.update({name: await world.owned_by(name) for name in names})
        return all(len(share) == PARTITIONS_EACH for share in shares.values())

    await world.until(all_have_theirs)
    return shares


async def start_over_http(world: World, asked: Iterable[Asked]) -> list[int]:
    """Ask the starter as a client does that repeats what was not answered; give the last answers."""
    url = f"{world.stack.urls[STARTER.process]}/sagas"

    async def start(session: aiohttp.ClientSession, one: Asked) -> int:
        while True:
            try:
                target = f"{url}/{one.shape.saga}/instances?instance_id={one.instance_id}"
                async with session.post(target, json=one.event.data) as answer:
                    return answer.status
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(POLL_SECONDS)

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(start(session, one) for one in asked))
