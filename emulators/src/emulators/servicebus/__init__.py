"""A local Service Bus: enough of AMQP 1.0 and of the service for the unmodified SDK, durable on disk.

The in-process API is `endpoint.ServiceBusEndpoint`; the command is `python -m emulators.servicebus`.
"""
