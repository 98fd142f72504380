"""From OpenTelemetry's conventions to the fields of Application Insights, by the rules of its exporter.

1. A message's `<server.address>/<destination>` is the target of who sends it and the origin of who processes it: the
   same text on both sides draws the edge.
2. A database's target is `host|database`, that of HTTP the host, with its port unless it is the usual one.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from emulators.telemetry.records import Kind

_Fields = Mapping[str, Any]
_USUAL_PORTS = {"http": 80, "https": 443}


def dependency(kind: Kind, fields: _Fields) -> tuple[str, str]:
    """Type and target of a dependency."""
    space = _first(fields, "az.namespace")
    if kind is Kind.INTERNAL:
        return f"InProc | {space}" if space else "InProc", ""
    if kind is Kind.PRODUCER:
        system = space or _first(fields, "messaging.system")
        return f"Queue Message | {system}" if system else "Queue Message", _messaging(fields)
    return _of_client(fields, space)


def _of_client(fields: _Fields, space: str) -> tuple[str, str]:
    database = _first(fields, "db.system.name", "db.system")
    if database:
        return database, _database(fields, database)
    if space and _messaging(fields):
        return space, _messaging(fields)
    if _first(fields, "http.request.method", "http.method"):
        return "HTTP", _http(fields)
    if _first(fields, "messaging.system"):
        return _first(fields, "messaging.system"), _messaging(fields)
    return space or _first(fields, "rpc.system") or "N/A", _first(fields, "peer.service", "server.address")


def origin(fields: _Fields) -> str:
    """What a request came from: the queue or topic of a message; empty for HTTP."""
    return "" if _first(fields, "http.request.method", "http.method") else _messaging(fields)


def result_code(fields: _Fields) -> str:
    """The status of HTTP, or 0."""
    return _first(fields, "http.response.status_code", "http.status_code") or "0"


def _messaging(fields: _Fields) -> str:
    place = _first(fields, "server.address", "net.peer.name", "peer.address")
    entity = _first(fields, "messaging.destination.name", "messaging.destination", "message_bus.destination")
    return f"{place}/{entity}" if place and entity else entity


def _database(fields: _Fields, system: str) -> str:
    place, name = _first(fields, "peer.service", "server.address"), _first(fields, "db.namespace", "db.name")
    return "|".join(each for each in (place, name) if each) or system


def _http(fields: _Fields) -> str:
    try:
        url = urlsplit(_first(fields, "url.full", "http.url"))
        scheme = url.scheme or _first(fields, "url.scheme", "http.scheme")
        host = _first(fields, "server.address", "net.peer.name") or url.hostname or ""
        port = _first(fields, "server.port", "net.peer.port") or str(url.port or "")
    except ValueError:
        return _first(fields, "server.address")
    return f"{host}:{port}" if port and port != str(_USUAL_PORTS.get(scheme, "")) else host


def _first(fields: _Fields, *names: str) -> str:
    return next((str(fields[name]) for name in names if fields.get(name)), "")
