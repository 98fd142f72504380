"""The client of the management API: start sagas, follow them, signal them, end them."""

from durable.client.client import SagaClient
from durable.client.views import InstanceSummary, InstanceView, ParkedEvent
from durable.costs import Cost, StepCost

__all__ = ["Cost", "InstanceSummary", "InstanceView", "ParkedEvent", "SagaClient", "StepCost"]
