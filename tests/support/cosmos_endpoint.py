from contextlib import AbstractAsyncContextManager
from pathlib import Path

from durable.settings import CosmosSettings
from emulators.cosmos.server import CosmosEndpoint

TOPOLOGY = Path(__file__).parents[2] / "shared/src/contracts/topology.json"


def running_endpoint() -> AbstractAsyncContextManager[CosmosEndpoint]:
    return CosmosEndpoint(TOPOLOGY)


def settings_for(endpoint: CosmosEndpoint) -> CosmosSettings:
    return CosmosSettings(endpoint.url, "durable", endpoint.key)
