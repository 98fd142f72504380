from infra_check.deployment import apps, container
from infra_check.situations import situations
from tests.support.planted import ROOT

# What the reference of Microsoft.App/containerApps says; the service itself took more at times, and at times did not.
FAILURES_MAX = 10


def test_probes_count_no_further_than_azure_says_that_it_does() -> None:
    probes = [probe for app in apps(situations(ROOT)["production"]).values() for probe in container(app)["probes"]]

    assert {probe["type"] for probe in probes} == {"Startup", "Liveness", "Readiness"}
    assert [probe for probe in probes if probe["failureThreshold"] > FAILURES_MAX] == []


def test_a_service_may_take_a_minute_and_a_half_to_start() -> None:
    for app in apps(situations(ROOT)["production"]).values():
        startup = next(probe for probe in container(app)["probes"] if probe["type"] == "Startup")
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 90
