"""Fixtures for pytest, which finds this module once the package is installed.

| fixture | what it gives |
|---|---|
| `servicebus_endpoint` | a `ServiceBusInThread` with the entities that fixture `servicebus_topology` names |
| `cosmos_endpoint` | a `CosmosInThread` with the containers that fixture `cosmos_topology` names |
| `telemetry_collector` | a `CollectorInThread`, which keeps what exporters send |

A project says what is to exist by fixtures of its own, named `servicebus_topology` and `cosmos_topology`. Endpoints
live as long as `emulators_scope` in its configuration says: "function" (the default), "class", "module", "package" or
"session"; topologies must live as long.

Every run of pytest imports this module: it imports nothing of the endpoints before they are wanted.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest

if TYPE_CHECKING:
    from emulators.testing.threads import CollectorInThread, CosmosInThread, ServiceBusInThread

Scope: TypeAlias = Literal["session", "package", "module", "class", "function"]
_SCOPES = ("function", "class", "module", "package", "session")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the configuration value."""
    parser.addini("emulators_scope", f"how long endpoints live: one of {', '.join(_SCOPES)}", default="function")


def _scope(*, config: pytest.Config, **_: Any) -> Scope:
    scope: Scope = config.getini("emulators_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"emulators_scope: expected one of {', '.join(_SCOPES)}, found {scope!r}.")
    return scope


@pytest.fixture(scope=_scope)  # type: ignore[arg-type]  # A callable with fewer names for its parameters.
def servicebus_topology() -> list[Any]:
    """The entities that are to exist: none, unless a project says otherwise."""
    return []


@pytest.fixture(scope=_scope)  # type: ignore[arg-type]  # As above.
def cosmos_topology() -> list[Any]:
    """The containers that are to exist: none, unless a project says otherwise."""
    return []


@pytest.fixture(scope=_scope)  # type: ignore[arg-type]  # As above.
def servicebus_endpoint(servicebus_topology: list[Any]) -> Iterator["ServiceBusInThread"]:
    """A Service Bus endpoint."""
    from emulators.testing.threads import servicebus_in_thread

    with servicebus_in_thread(*servicebus_topology) as endpoint:
        yield endpoint


@pytest.fixture(scope=_scope)  # type: ignore[arg-type]  # As above.
def cosmos_endpoint(cosmos_topology: list[Any]) -> Iterator["CosmosInThread"]:
    """A Cosmos DB endpoint."""
    from emulators.testing.threads import cosmos_in_thread

    with cosmos_in_thread(*cosmos_topology) as endpoint:
        yield endpoint


@pytest.fixture(scope=_scope)  # type: ignore[arg-type]  # As above.
def telemetry_collector() -> Iterator["CollectorInThread"]:
    """A collector of telemetry."""
    from emulators.testing.threads import collector_in_thread

    with collector_in_thread() as collector:
        yield collector
