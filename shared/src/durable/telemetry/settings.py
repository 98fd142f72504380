"""What a service is told about its telemetry: the standard settings of Application Insights and OpenTelemetry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from durable.settings import CosmosSettings, Environment, ServiceBusSettings
from durable.telemetry.names import COSMOS, DB_NAMESPACE, DB_SYSTEM, DB_SYSTEM_OLD, NAMESPACE, SERVER_ADDRESS
from durable.telemetry.span import Value

_SAMPLERS = ("parentbased_always_on", "parentbased_traceidratio")
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SIGNALS = ("traces", "metrics", "logs")
_INSTRUMENTATION_KEY = re.compile(
    r"(^|;)\s*InstrumentationKey=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*(;|$)", re.IGNORECASE
)
_DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """Where telemetry goes, and what it says of its sender.

    Attributes:
        service: name of the service: with the namespace, its role.
        instance: this process among its like.
        broker: address of the Service Bus namespace, as spans name it.
        connection_string: of Application Insights; empty for none.
        otlp: the signals for which there is an OTLP endpoint; its own settings are read by its exporters.
        metrics_every: seconds between two exports of metrics.
        ratio: share of the traces beginning here that are recorded, 0 to 1.
        by_identity: whether Application Insights is reached by identity; its connection string is enough otherwise.
        client_id: that identity, of several that the service has; empty for the only one.
    """

    service: str
    instance: str
    broker: str
    namespace: str = NAMESPACE
    connection_string: str = ""
    otlp: frozenset[str] = frozenset()
    ratio: float = 1.0
    by_identity: bool = False
    client_id: str = ""
    metrics_every: float = 60.0

    @property
    def is_on(self) -> bool:
        """Whether anybody takes it."""
        return bool(self.connection_string or self.otlp)


def telemetry_settings(
    environment: Environment, service: str, replica: str, bus: ServiceBusSettings
) -> TelemetrySettings:
    """Read `APPLICATIONINSIGHTS_CONNECTION_STRING` and those of OpenTelemetry's settings that concern all signals."""
    disabled = environment.choice("OTEL_SDK_DISABLED", "false", ("true", "false")) == "true"
    connection_string = environment.text("APPLICATIONINSIGHTS_CONNECTION_STRING", "")
    if connection_string and not _INSTRUMENTATION_KEY.search(connection_string):
        expected = "expected a connection string with InstrumentationKey= and a UUID"
        environment.fault("APPLICATIONINSIGHTS_CONNECTION_STRING", expected, "another text")
    otlp = frozenset() if disabled else _signals(environment)
    by_identity, client_id = _identity(environment)
    return TelemetrySettings(
        service=environment.text("OTEL_SERVICE_NAME", service),
        instance=replica,
        broker=_address_of(bus),
        connection_string="" if disabled else connection_string,
        otlp=otlp,
        ratio=_ratio(environment),
        by_identity=by_identity,
        client_id=client_id or bus.client_id,
        metrics_every=environment.number("OTEL_METRIC_EXPORT_INTERVAL", 60_000, least=1, most=_DAY_MS) / 1000,
    )


def _signals(environment: Environment) -> frozenset[str]:
    """Name the signals for which there is an OTLP endpoint: one for all, or one of their own."""
    shared = _endpoint(environment, _ENDPOINT)
    own = {signal: _endpoint(environment, f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT") for signal in SIGNALS}
    return frozenset(signal for signal in SIGNALS if shared or own[signal])


def _endpoint(environment: Environment, name: str) -> str:
    url = environment.text(name, "")
    if url and not url.startswith(("http://", "https://")):
        environment.fault(name, "expected an address with http:// or https:// (OTLP over HTTP)", repr(url))
    return url


def database_attributes(settings: CosmosSettings) -> dict[str, Value]:
    """Give the attributes by which spans name the record store."""
    address = settings.endpoint.partition("://")[2].partition("/")[0]
    return {DB_SYSTEM: COSMOS, DB_SYSTEM_OLD: COSMOS, DB_NAMESPACE: settings.database, SERVER_ADDRESS: address}


def _identity(environment: Environment) -> tuple[bool, str]:
    """Read the setting that all SDKs of Application Insights know for a resource that takes no keys."""
    name = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
    text = environment.text(name, "")
    if not text:
        return False, ""
    pairs = dict(part.strip().partition("=")[::2] for part in text.lower().split(";") if part.strip())
    if pairs.get("authorization") != "aad" or not pairs.keys() <= {"authorization", "clientid"}:
        environment.fault(name, "expected Authorization=AAD or Authorization=AAD;ClientId=<client id>", repr(text))
    return True, pairs.get("clientid", "")


def _ratio(environment: Environment) -> float:
    sampler = environment.choice("OTEL_TRACES_SAMPLER", _SAMPLERS[0], _SAMPLERS)
    text = environment.text("OTEL_TRACES_SAMPLER_ARG", "1")
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        environment.fault("OTEL_TRACES_SAMPLER_ARG", "expected a share from 0 to 1", repr(text))
    return ratio if sampler == _SAMPLERS[1] else 1.0


def _address_of(bus: ServiceBusSettings) -> str:
    """Give the host of the namespace; of a local endpoint, as its connection string names it."""
    if bus.namespace:
        return bus.namespace
    parts = (part.strip() for part in bus.connection_string.split(";"))
    endpoint = next((part for part in parts if part.lower().startswith("endpoint=")), "")
    return endpoint.partition("://")[2].rstrip("/") or "localhost"
