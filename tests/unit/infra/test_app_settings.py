from collections.abc import Callable, Mapping
from typing import Any

import pytest

from durable.settings import Environment
from durable.worker.settings import worker_settings
from infra_check.checks import app_settings
from ingestor.settings import read_settings as ingestor_settings
from orchestrator.settings import read_settings as orchestrator_settings
from tests.support.deployed import told_in_azure
from tests.support.planted import MAIN, Planted
from tests.support.workers_read import WORKERS


@pytest.mark.parametrize("situation", ["dev", "production", "production, private"])
@pytest.mark.parametrize(
    ("service", "read"), [("ingestor", ingestor_settings), ("orchestrator", orchestrator_settings)]
)
def test_a_service_takes_the_settings_that_it_is_given_in_azure(
    situation: str, service: str, read: Callable[[Mapping[str, str]], Any]
) -> None:
    assert read(told_in_azure(situation, service)).servicebus.namespace == "sb-abcdefghijklm.servicebus.windows.net"


@pytest.mark.parametrize("situation", ["dev", "production", "production, private"])
@pytest.mark.parametrize("name", list(WORKERS))
def test_a_worker_takes_the_settings_that_it_is_given_in_azure(situation: str, name: str) -> None:
    worker, parts = WORKERS[name]
    environment = Environment(told_in_azure(situation, name))

    if parts is not None:
        parts(environment)

    assert worker_settings(environment, worker, "contracts").object_store_url == "az://stabcdefghijklm/objects"


def test_services_are_told_what_they_read(project: Planted) -> None:
    assert project.told(app_settings.check) == []


def test_a_setting_that_a_service_does_not_read_is_found(project: Planted) -> None:
    project.change(
        MAIN,
        "  documents: []",
        "  documents: [\n    vaultSetting\n    {\n      name: 'TURBO'\n      value: 'on'\n    }\n  ]",
    )

    told = [found.partition(": ")[2] for found in project.told(app_settings.check)]
    assert told == ["expected settings that documents reads; found TURBO, see docs/reference/settings.md"]


def test_a_secret_that_a_setting_names_and_the_app_does_not_have_is_found(project: Planted) -> None:
    project.change(MAIN, "secretRef: sealKeysSecret", "secretRef: 'seal'")

    told = [found.partition(": ")[2] for found in project.told(app_settings.check)]
    assert told == ["expected secret 'seal' of secrets; found none", "secret 'seal-keys' of secrets is not used"]


def test_a_profile_may_tell_a_service_more_of_what_it_reads_and_nothing_else(project: Planted) -> None:
    more = (
        '"settings": {"orchestrator": [{"name": "RETENTION_DAYS", "value": "7"}, {"name": "RETENTION", "value": "7"}]}'
    )
    project.change("infra/bicep/profiles/dev.json", '"settings": {}', more)

    told = [found.partition(": ")[2] for found in project.told(app_settings.check)]
    assert told == ["expected settings that orchestrator reads; found RETENTION, see docs/reference/settings.md"]


def test_a_setting_that_a_service_is_told_twice_is_found(project: Planted) -> None:
    more = '"settings": {"http": [{"name": "WORKER_CONCURRENCY", "value": "7"}]}'
    project.change("infra/bicep/profiles/dev.json", '"settings": {}', more)

    told = [found.partition(": ")[2] for found in project.told(app_settings.check)]
    assert told == ["expected each setting of http once; found WORKER_CONCURRENCY 2 times"]
