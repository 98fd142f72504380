"""The administration side of the endpoint: HTTP with Atom entries, as `ServiceBusAdministrationClient` speaks it."""
