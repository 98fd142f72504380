"""The services that have cases."""

from tests.conformance.servicebus.service import SERVICE_BUS

SERVICES = (SERVICE_BUS,)
