"""What a service is told about its telemetry."""

from dataclasses import replace

import pytest
from azure.identity import DefaultAzureCredential

from durable.adapters.telemetry.insights import exporter_options
from durable.errors import SettingsInvalid
from durable.settings import CosmosSettings, Environment, ServiceBusSettings
from durable.telemetry.settings import TelemetrySettings, database_attributes, telemetry_settings

KEY = "InstrumentationKey=00000000-0000-0000-0000-000000000001"
LOCAL = ServiceBusSettings("", "Endpoint=sb://localhost:7300;UseDevelopmentEmulator=true")


def read(values: dict[str, str], bus: ServiceBusSettings = LOCAL) -> TelemetrySettings:
    environment = Environment(values)
    settings = telemetry_settings(environment, "orchestrator", "replica-1", bus)
    environment.done()
    return settings


def test_without_any_setting_telemetry_is_off() -> None:
    assert not read({}).is_on


def test_an_otlp_endpoint_turns_it_on() -> None:
    assert read({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}).is_on


def test_a_connection_string_turns_it_on() -> None:
    assert read({"APPLICATIONINSIGHTS_CONNECTION_STRING": KEY}).connection_string == KEY


def test_the_standard_switch_turns_it_off() -> None:
    values = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "APPLICATIONINSIGHTS_CONNECTION_STRING": KEY}

    assert not read({**values, "OTEL_SDK_DISABLED": "true"}).is_on


def test_spans_name_the_broker_by_its_host() -> None:
    assert read({}).broker == "localhost:7300"
    assert read({}, ServiceBusSettings("name.servicebus.windows.net")).broker == "name.servicebus.windows.net"


def test_a_share_of_the_traces_is_recorded_if_that_is_asked_for() -> None:
    assert read({"OTEL_TRACES_SAMPLER_ARG": "0.1"}).ratio == 1
    assert read({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}).ratio == 0.1


def test_a_connection_string_is_enough_unless_an_identity_is_asked_for() -> None:
    assert not read({"APPLICATIONINSIGHTS_CONNECTION_STRING": KEY}).by_identity


@pytest.mark.parametrize(
    ("text", "client_id"),
    [("Authorization=AAD", "of-the-service"), ("Authorization=AAD; ClientId=11-22", "11-22")],
)
def test_application_insights_is_reached_by_identity_if_that_is_asked_for(text: str, client_id: str) -> None:
    bus = ServiceBusSettings("bus.example", client_id="of-the-service")
    settings = read({"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": text}, bus)

    assert (settings.by_identity, settings.client_id) == (True, client_id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", "https://somewhere"),
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=nope"),
        ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=Basic"),
        ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=AAD;Secret=1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_SDK_DISABLED", "maybe"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        read({name: value})


def test_spans_name_the_record_store_by_system_database_and_host() -> None:
    settings = CosmosSettings("https://name.documents.azure.com:443/", "durable")

    assert database_attributes(settings) == {
        "db.system.name": "azure.cosmosdb",
        "db.system": "azure.cosmosdb",
        "db.namespace": "durable",
        "server.address": "name.documents.azure.com:443",
    }


def test_an_identity_is_that_of_the_service_or_the_one_that_is_named() -> None:
    """Only what is asked of the credential can be seen here: it goes to no server without TLS."""
    settings = TelemetrySettings("documents", "d-1", "bus", connection_string=KEY)

    assert "credential" not in exporter_options(settings)
    assert isinstance(exporter_options(replace(settings, by_identity=True))["credential"], DefaultAzureCredential)
