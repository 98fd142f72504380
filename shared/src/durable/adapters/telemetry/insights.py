"""Application Insights, by its distribution: what of it is used, and how it is reached.

1. It speaks to the addresses of its connection string and to nobody else: no statistics about itself, no settings from
   afar, no question to the metadata service of a virtual machine.
2. Metrics are ours; counters of the process that it would add are those of the platform again.
3. What can't be delivered is kept in a temporary folder and sent later; where none can be written, it is dropped.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from azure.monitor.opentelemetry import configure_azure_monitor
from azure.monitor.opentelemetry.exporter._quickpulse._state import get_quickpulse_manager
from opentelemetry.sdk.resources import Resource

if TYPE_CHECKING:
    from durable.telemetry.settings import TelemetrySettings

# Environment variables are the only way to most of them; one that is set stays as it is.
_DEFAULTS = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
}
_INSTRUMENTED = (
    *("azure_sdk", "django", "fastapi", "flask", "httpx", "httpx2"),
    *("psycopg2", "requests", "urllib", "urllib3"),
)


def configure_insights(settings: TelemetrySettings, resource: Resource) -> None:
    """Make the providers of this process those of the distribution."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    configure_azure_monitor(
        **exporter_options(settings),
        resource=resource,
        # Its handler would hang at the root, export lines without our ids, and what is secret: ours takes its place.
        logger_name="durable.lines-of-nobody",
        sampling_ratio=1.0,
        enable_performance_counters=False,
        instrumentation_options={name: {"enabled": False} for name in _INSTRUMENTED},
    )


def provider_of_live_metrics() -> object:
    """Give the provider that live metrics keep for themselves, to be stopped like the others."""
    return get_quickpulse_manager()._meter_provider  # noqa: SLF001 - it is stopped at exit only, however long that takes


def exporter_options(settings: TelemetrySettings) -> dict[str, Any]:
    """Give what every exporter of Application Insights is made with."""
    options: dict[str, Any] = {"connection_string": settings.connection_string}
    if settings.by_identity:
        from azure.identity import DefaultAzureCredential

        options["credential"] = DefaultAzureCredential(managed_identity_client_id=settings.client_id or None)
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        options["disable_offline_storage"] = True
    return options
