import gc
import tracemalloc

from orchestrator.host.kept import Residents
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import take_over
from orchestrator.host.residents import Resident
from tests.support.host_world import PARTITION, HostWorld

INSTANCES = 300
# Ten thousand of them then fit into 150 MB of a process, beside the code of the service.
BYTES_EACH_MAX = 6_000


async def test_an_instance_that_waits_takes_little_memory() -> None:
    world = HostWorld()
    async with world.hosting():
        for number in range(INSTANCES):
            await world.start("waiting", id=f"i{number}")
        await world.until(lambda: world.turns(f"i{INSTANCES - 1}"))
    owned = await take_over(world.store, world.clock, PARTITION, "host", "a nonce")
    loader, residents = Loader(world.ports(), owned), Residents()
    await loader.load("i0")

    before = traced()
    for number in range(INSTANCES):
        resident = await loader.load(f"i{number}")
        assert isinstance(resident, Resident)
        residents.keep(resident)
    taken = traced() - before
    tracemalloc.stop()

    assert taken / INSTANCES < BYTES_EACH_MAX
    residents.clear()


def traced() -> int:
    gc.collect()
    tracemalloc.start()
    return tracemalloc.get_traced_memory()[0]
