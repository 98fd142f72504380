import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from images.compose import Service, read_compose
from stack import Process
from stack.local import TOPOLOGY, traced_services
from stack.ports import FIXED_NUMBERS, HOST

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = read_compose(ROOT)
# A container knows where it listens from its image.
SAID_BY_THE_IMAGE = {"HOST", "PORT"}
# Who listens where others reach it wants tokens of a tenant, which a process on a loopback address does without.
TENANT = "tenant"
OF_A_TENANT = {"AUTH_TENANT_ID", "AUTH_AUDIENCE", "AUTH_AUTHORITY", "SSL_CERT_FILE"}
WANT_TOKENS = {"ingestor", "orchestrator-1", "orchestrator-2"}
# Signed URLs are for who is outside of the containers.
SIGNED_URL_BASE = {"SIGNED_URL_BASE": f"http://{HOST}:{FIXED_NUMBERS['worker-storage']}"}

each_service = pytest.mark.parametrize("service", COMPOSE.values(), ids=lambda service: service.name)
of_the_local_stack = pytest.mark.parametrize(
    "service", [service for service in COMPOSE.values() if service.name != TENANT], ids=lambda service: service.name
)


class Fixed:
    """The ports of `make up`, whoever listens on them."""

    def __getitem__(self, name: str) -> int:
        return FIXED_NUMBERS[name]

    def release(self) -> None:
        pass


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Process]:
    return {process.name: process for process in traced_services(tmp_path_factory.mktemp("stack"), Fixed())}


def as_in_containers(text: str, folder: str) -> str:
    """What a process of the local stack is told, with the addresses and folders of containers."""
    places = {
        f"sb://{HOST}:{FIXED_NUMBERS['servicebus']}": "sb://servicebus:5672",
        f"http://{HOST}:{FIXED_NUMBERS['cosmos']}": "http://cosmos:8080",
        f"http://{HOST}:{FIXED_NUMBERS['telemetry']}": "http://telemetry:8080",
        f"{folder}/data": "/data",
        f"{folder}/inbox": "/data/inbox",
    }
    for outside, inside in places.items():
        text = text.replace(outside, inside)
    return text


def options_in(command: Sequence[str]) -> dict[str, str]:
    """The module of a command by no name, and each option with its value."""
    return dict(zip(("", *command[1::2]), (command[0], *command[2::2]), strict=True))


def folder_of(local: Mapping[str, Process]) -> str:
    return local["ingestor"].env["WATCH_FOLDER"].removesuffix("/inbox")


def test_the_services_are_those_of_the_local_stack(local: Mapping[str, Process]) -> None:
    assert {*COMPOSE} == {*local, TENANT}


@of_the_local_stack
def test_a_service_starts_after_what_its_process_starts_after(service: Service, local: Mapping[str, Process]) -> None:
    assert {*service.depends_on} - {TENANT} == {*local[service.name].depends_on}


@each_service
def test_who_wants_tokens_is_told_of_the_tenant_and_starts_after_it(service: Service) -> None:
    wants_tokens = service.name in WANT_TOKENS

    assert (service.environment.keys() >= OF_A_TENANT) is wants_tokens
    assert (TENANT in service.depends_on) is wants_tokens


@of_the_local_stack
def test_a_service_has_the_settings_of_its_process(service: Service, local: Mapping[str, Process]) -> None:
    said = local[service.name].env.items()
    expected = {
        name: as_in_containers(value, folder_of(local)) for name, value in said if name not in SAID_BY_THE_IMAGE
    }

    found = {name: value for name, value in service.environment.items() if name not in OF_A_TENANT}
    assert found == expected | (SIGNED_URL_BASE if service.name == "worker-storage" else {})


@pytest.mark.parametrize("name", [name for name, service in COMPOSE.items() if service.command and name != TENANT])
def test_an_endpoint_has_the_options_of_its_process(name: str, local: Mapping[str, Process]) -> None:
    argv = local[name].argv[2:]
    expected = [as_in_containers(each, folder_of(local)) for each in argv]
    ports = {str(outside): str(inside) for outside, inside in COMPOSE[name].ports.items()}
    told = [ports.get(each, "/topology" if each == str(TOPOLOGY) else each) for each in expected]

    assert options_in(COMPOSE[name].command) == options_in(told) | {"--host": "0.0.0.0", "--data": "/data"}


@of_the_local_stack
def test_a_service_runs_the_module_of_its_process(service: Service, local: Mapping[str, Process]) -> None:
    module = local[service.name].argv[2]
    dockerfile = (ROOT / service.dockerfile).read_text()

    assert f'"-m", "{module}"]' in dockerfile or module == service.command[0]


@each_service
def test_a_container_has_nothing_that_it_does_not_need(service: Service) -> None:
    limits = service.confined["deploy"]["resources"]["limits"]

    assert service.confined["read_only"] is True
    assert service.confined["cap_drop"] == ["ALL"]
    assert service.confined["security_opt"] == ["no-new-privileges:true"]
    assert {*limits} == {"cpus", "memory", "pids"}


@of_the_local_stack
def test_what_is_published_has_the_ports_of_the_local_stack(service: Service) -> None:
    numbers = {number for name, number in FIXED_NUMBERS.items() if name.removesuffix("-http") == service.name}

    assert set(service.ports) <= numbers


def test_only_what_people_and_programs_outside_need_is_published() -> None:
    of_workers = {name for name, service in COMPOSE.items() if service.ports and name.startswith("worker-")}

    assert of_workers == {"worker-storage"}


def test_ports_are_published_on_this_machine_alone() -> None:
    published = [line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "ports: [" in line]
    ports = [port for line in published for port in line.partition("[")[2].rstrip("]").split(", ")]

    assert [port for port in ports if not port.startswith(f'"{HOST}:')] == []


def test_a_container_that_writes_large_files_has_no_memory_for_tmp() -> None:
    assert [name for name, service in COMPOSE.items() if not service.is_tmp_memory] == ["worker-tabular"]


def test_the_example_of_settings_for_azure_names_none_that_nobody_reads() -> None:
    lines = (ROOT / "azure.env.example").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE))

    assert named - documented == {
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TOKEN_CREDENTIALS",
    }  # azure-identity's


def test_the_file_for_azure_takes_away_the_endpoints_and_leads_each_service_there() -> None:
    text = (ROOT / "docker-compose.azure.yml").read_text()
    endpoints = {name for name, service in COMPOSE.items() if service.command}

    assert {name for name in COMPOSE if f"\n  {name}: !reset null\n" in text} == endpoints
    assert {name for name in COMPOSE if f"\n  {name}: *service\n" in text} == {*COMPOSE} - endpoints - {
        "worker-tabular"
    }
