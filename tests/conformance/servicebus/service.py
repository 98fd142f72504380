"""Service Bus as a service with cases."""

from tests.conformance.service import Service
from tests.conformance.servicebus.stages import stage

SERVICE_BUS = Service(
    "servicebus", "Service Bus", "CONFORMANCE_SERVICEBUS", "tests.conformance.servicebus.cases", stage
)
