import pytest

from durable.settings import Environment, servicebus_settings
from durable.telemetry.settings import telemetry_settings
from infra_check.deployment import of_kind, properties
from infra_check.situations import services, situations
from tests.support.deployed import told_in_azure
from tests.support.planted import ROOT


@pytest.mark.parametrize("service", services(ROOT))
def test_a_service_tells_application_insights_by_its_identity(service: str) -> None:
    environment = Environment(told_in_azure("dev", service))

    settings = telemetry_settings(environment, service, "replica", servicebus_settings(environment))

    assert settings.is_on
    assert settings.by_identity


def test_application_insights_takes_nothing_by_its_connection_string_alone() -> None:
    components = [
        each for expansion in situations(ROOT).values() for each in of_kind(expansion, "Microsoft.Insights/components")
    ]

    assert [properties(each)["DisableLocalAuth"] for each in components] == [True] * len(situations(ROOT))
