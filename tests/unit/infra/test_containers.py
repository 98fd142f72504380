"""The checks of Dockerfiles and compose files, by the tools of `.venv-infra`."""

import pytest

from infra_check.checks import compose, dockerfiles
from tests.support.planted import Planted

pytestmark = pytest.mark.timeout(400)
INGESTOR = "services/ingestor/Dockerfile"
LOCAL, AZURE = "docker-compose.yml", "docker-compose.azure.yml"


def test_what_hadolint_and_checkov_forbid_is_found(project: Planted) -> None:
    project.change(INGESTOR, "FROM docker.io/library/python:3.11.14-slim-bookworm AS build", "FROM python AS build")
    project.change(INGESTOR, "USER 10001:10001", "USER root")

    found = project.told(dockerfiles.check)
    assert [told for told in found if told.startswith(f"{INGESTOR}:3: DL3006: ")] != []
    assert [told for told in found if told.startswith(f"{INGESTOR}:") and ": CKV_DOCKER_8: " in told] != []
    assert [told for told in found if not told.startswith(INGESTOR)] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (LOCAL, "read_only: true", "readonly: true", "readonly false schema"),
        (LOCAL, "cosmos: {condition: service_healthy}", "cosmo: {condition: service_healthy}", "undefined service"),
        (LOCAL, "certificates:/certificates:ro", "certs:/certificates:ro", "undefined volume"),
        (AZURE, "depends_on: !reset {}", "restart: always", "undefined service"),
        (AZURE, "env_file: [azure.env]", "env_file: [other.env]", "not found"),
    ],
)
def test_what_compose_does_not_take_is_found(project: Planted, file: str, old: str, new: str, told: str) -> None:
    project.change(file, old, new)

    assert [found for found in project.told(compose.check) if found.startswith(f"{file}:1: ") and told in found] != []


def test_the_files_as_they_are_have_no_fault(project: Planted) -> None:
    assert project.told(compose.check) == []
