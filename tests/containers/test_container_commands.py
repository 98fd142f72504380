import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from images.alone import first_of_each_image
from images.buildah import Image
from images.compose import Service, read_compose
from images.container import Container
from images.errors import ImagesError
from images.network import Network
from images.stand_in import base_of

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = read_compose(ROOT)
IMAGE = Image(
    entrypoint=("/venv/bin/python", "-m", "ingestor"),
    environment=("HOME=/tmp", "LOG_LEVEL=DEBUG"),
    user="10001:10001",
    health=("/venv/bin/python", "-c", "healthy?"),
    labels={},
)


@pytest.fixture
def containers(tmp_path: Path) -> Mapping[str, Container]:
    root = tmp_path / "image"
    for folder in ("data", "tmp"):
        (root / folder).mkdir(parents=True)
    (root / "data").chmod(0o750)
    (root / "tmp").chmod(0o1777)
    network = Network({name: f"10.0.0.{number}" for number, name in enumerate(COMPOSE)}, tmp_path / "hosts")
    return {name: Container(service, IMAGE, root, network, tmp_path / "run", ROOT) for name, service in COMPOSE.items()}


def mounts(command: tuple[str, ...]) -> set[str]:
    user, end = command.index(IMAGE.user), command.index("--")
    return set(command[user + 1 : end])


def settings(command: tuple[str, ...]) -> dict[str, str]:
    end = command.index("--")
    return dict(word.split("=", 1) for word in command[end + 1 : command.index("/venv/bin/python")])


def test_a_container_becomes_what_its_image_starts_in_a_network_of_its_own(
    containers: Mapping[str, Container],
) -> None:
    command = containers["ingestor"].command()

    assert command[:4] == ("ip", "netns", "exec", "durable-ingestor")
    assert command[-3:] == IMAGE.entrypoint


def test_the_command_of_the_compose_file_comes_behind_the_entry_point(containers: Mapping[str, Container]) -> None:
    service: Service = COMPOSE["cosmos"]

    assert containers["cosmos"].command()[-len(service.command) :] == service.command


def test_settings_of_the_compose_file_go_before_those_of_the_image(containers: Mapping[str, Container]) -> None:
    told = settings(containers["ingestor"].command())

    assert told == {"HOME": "/tmp", **COMPOSE["ingestor"].environment}
    assert told["LOG_LEVEL"] == "INFO"


def test_a_container_has_its_volumes_its_files_and_memory_for_what_is_temporary(
    containers: Mapping[str, Container], tmp_path: Path
) -> None:
    assert mounts(containers["servicebus"].command()) == {
        f"rw:{tmp_path}/run/servicebus:/data",
        f"ro:{ROOT}/shared/src/contracts/topology.json:/topology",
        f"ro:{tmp_path}/hosts:/etc/hosts",
        "memory:256m:/tmp",
    }


def test_a_volume_that_is_only_shown_can_not_be_written(containers: Mapping[str, Container], tmp_path: Path) -> None:
    assert f"ro:{tmp_path}/run/certificates:/certificates" in mounts(containers["ingestor"].command())


def test_a_new_volume_belongs_to_whom_its_folder_in_the_image_belongs(
    containers: Mapping[str, Container], tmp_path: Path
) -> None:
    containers["worker-tabular"].command()

    data, tmp = (tmp_path / "run" / name for name in ("data", "tables"))
    assert (data.stat().st_mode & 0o7777, tmp.stat().st_mode & 0o7777) == (0o750, 0o1777)
    assert data.stat().st_uid == os.getuid()


def test_health_is_asked_as_the_compose_file_says_and_else_as_the_image(containers: Mapping[str, Container]) -> None:
    assert containers["ingestor"].health_check()[-3:] == IMAGE.health
    assert "https://localhost:8080/health/ready" in containers["tenant"].health_check()[-1]


def test_one_service_of_each_image_is_run_alone_and_each_endpoint(containers: Mapping[str, Container]) -> None:
    chosen = set(first_of_each_image(containers))

    assert set(COMPOSE) - chosen == {"orchestrator-2"}


def test_the_base_is_that_of_the_dockerfile(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("# A service.\nFROM registry/python:3.11 AS build\nFROM scratch\n")

    assert base_of(dockerfile) == "registry/python:3.11"


def test_a_dockerfile_without_a_base_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("RUN true\n")

    with pytest.raises(ImagesError, match=r"Dockerfile: expected a line FROM <image>, found none"):
        base_of(tmp_path / "Dockerfile")
