"""Cosmos DB as a service with cases."""

from tests.conformance.cosmos.stages import stage
from tests.conformance.service import Service

COSMOS = Service("cosmos", "Cosmos DB", "CONFORMANCE_COSMOS", "tests.conformance.cosmos.cases", stage)
