from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from tests.contract.servicebus_hazards import HazardsContract
from tests.contract.sessions_contract import SessionsContract
from tests.support.servicebus_endpoint import ServiceBusWorld, running_world

Sentence = Callable[[ServiceBusWorld], Awaitable[None]]


def sentences(contract: object) -> list[Sentence]:
    return [getattr(contract, name) for name in dir(contract) if name.startswith("test_")]


@pytest.mark.parametrize(
    "sentence",
    [*sentences(SessionsContract()), *sentences(HazardsContract())],
    ids=lambda sentence: sentence.__name__.removeprefix("test_"),
)
def test_the_contract_is_kept_on_the_event_loop_of_the_services(tmp_path: Path, sentence: Sentence) -> None:
    async def run() -> None:
        async with running_world(tmp_path, fast=True) as world:
            await sentence(world)

    uvloop.run(run())
