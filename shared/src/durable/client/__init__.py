"""The client of the management API: start sagas, follow them, signal them, end them."""

from durable.client.client import SagaClient
from durable.client.views import InstanceSummary, InstanceView, ParkedEvent

__all__ = ["InstanceSummary", "InstanceView", "ParkedEvent", "SagaClient"]
