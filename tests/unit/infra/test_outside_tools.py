"""The checks that call tools of `.venv-infra`, which is made when the first of them runs."""

import pytest

from infra_check.checks import azd, policies, scripts, syntax
from tests.support.planted import Planted

pytestmark = pytest.mark.timeout(400)
STORAGE = "infra/bicep/modules/storage.bicep"


def test_a_file_that_is_no_bicep_is_found_by_both_parsers(project: Planted) -> None:
    project.change(STORAGE, "param name string", "param name string = = 'x'")

    found = project.told(syntax.check)
    assert f"{STORAGE}:3: expected Bicep that the grammar knows" in found
    assert [told for told in found if told.startswith(f"{STORAGE}:3: pycep: ")] != []


def test_a_file_that_is_no_json_is_found(project: Planted) -> None:
    project.change("infra/bicep/profiles/dev.json", '"zoneRedundant": false,', '"zoneRedundant": false')

    assert [told for told in project.told(syntax.check) if told.startswith("infra/bicep/profiles/dev.json:9: ")] != []


def test_a_policy_that_is_broken_and_one_that_is_set_aside_without_a_reason_are_found(project: Planted) -> None:
    project.change(STORAGE, "TLS1_2", "TLS1_0")
    project.change(STORAGE, ": replication is the profile's: one place in dev, three zones in production", ":")

    found = project.told(policies.check)
    assert [told for told in found if told.startswith(STORAGE) and "CKV_AZURE_44" in told] != []
    assert [told for told in found if told.endswith("expected a reason behind the id of what is set aside; found none")]


def test_a_script_that_may_misbehave_is_found(project: Planted) -> None:
    project.add("infra/more.sh", '#!/bin/sh\nrm -rf $HOME/"$1"\n')

    assert [told for told in project.told(scripts.check) if told.startswith("infra/more.sh:2: SC2086")] != []


def test_azd_finds_what_it_needs(project: Planted) -> None:
    assert project.told(azd.check) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("azure.yaml", "  tabular:\n", "  tables:\n", "an entry for each service; found one of them for 'tables'"),
        ("azure.yaml", "context: ../..\n", "context: ..\n", "as the context of ingestor; found .."),
        ("azure.yaml", "module: main", "module: all", "expected infra to name infra/bicep/main.bicep"),
        ("azure.yaml", "run: infra/register-app.sh", "run: infra/register.sh", "for hook preprovision; found none at"),
        ("infra/bicep/main.parameters.json", '"profile"', '"size"', "found 'size', which it does not have"),
        ("infra/bicep/main.parameters.json", '"tabular"', '"tables"', "found 'tabular' on one side only"),
        (
            "infra/bicep/main.parameters.json",
            "${AUTH_TENANT_ID=}",
            "${AZURE_TENANT_ID}",
            "a variable that azd or a script sets, or a default behind it; found ${AZURE_TENANT_ID}",
        ),
    ],
)
def test_what_azd_would_not_find_is_found(project: Planted, file: str, old: str, new: str, told: str) -> None:
    project.change(file, old, new)

    assert [found for found in project.told(azd.check) if told in found] != []


def test_a_service_without_a_dockerfile_is_found(project: Planted) -> None:
    (project.root / "services/workers/http/Dockerfile").unlink()

    assert project.told(azd.check) == [
        "azure.yaml:1: expected a Dockerfile of http at services/workers/http/Dockerfile; found none"
    ]
