import pytest
from azure.identity import ManagedIdentityCredential
from azure.monitor.opentelemetry.exporter.export._base import _get_authentication_credential

from infra_check.deployment import apps, of_kind, properties, settings
from infra_check.situations import services, situations
from tests.support.planted import ROOT

SETTING = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"


@pytest.mark.parametrize("service", services(ROOT))
def test_a_service_tells_application_insights_by_its_identity(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, settings(apps(situations(ROOT)["dev"])[service])[SETTING])

    assert isinstance(_get_authentication_credential(), ManagedIdentityCredential)


def test_application_insights_takes_nothing_by_its_connection_string_alone() -> None:
    components = [
        each for expansion in situations(ROOT).values() for each in of_kind(expansion, "Microsoft.Insights/components")
    ]

    assert [properties(each)["DisableLocalAuth"] for each in components] == [True] * len(situations(ROOT))
