"""The broker port over Azure Service Bus.

`broker_from(settings)` opens it. How receivers and senders drive the SDK is in `fastpath` (private parts, guarded) and
in `publicpath` (its public surface only); the contract suite runs both ways.
"""

from durable.adapters.servicebus.broker import ServiceBusBroker, broker_from

__all__ = ["ServiceBusBroker", "broker_from"]
