"""The record store port over Azure Cosmos DB.

`store_from(settings)` opens it; what it costs is counted in `CosmosStore.meter`.
"""

from durable.adapters.cosmos.connect import store_from
from durable.adapters.cosmos.metering import Meter
from durable.adapters.cosmos.store import CosmosStore

__all__ = ["CosmosStore", "Meter", "store_from"]
