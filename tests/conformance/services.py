"""The services that have cases."""

from tests.conformance.cosmos.service import COSMOS
from tests.conformance.servicebus.service import SERVICE_BUS

SERVICES = (SERVICE_BUS, COSMOS)
