"""A local Cosmos DB (NoSQL) endpoint: the wire protocol of the service over SQLite, for development and tests."""

from emulators.cosmos.auth import DEVELOPMENT_KEY
from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.topology import Topology

__all__ = ["DEVELOPMENT_KEY", "CosmosEndpoint", "Topology"]
