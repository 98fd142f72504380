import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusQuotaExceededError
from azure.servicebus.management import ServiceBusAdministrationClient

from tests.support.emulator_commands import module, running
from tests.support.service_bus_process import EndpointProcess, command, written_topology


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)


def test_it_prints_its_connection_string_and_stops_cleanly_when_told(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path) as endpoint:
        assert endpoint.connection_string.startswith("Endpoint=sb://127.0.0.1:")
        assert endpoint.connection_string.endswith("UseDevelopmentEmulator=true;")
        assert endpoint.terminate() == 0


def test_it_serves_readiness_and_counts_over_http(tmp_path: Path) -> None:
    topology = str(written_topology(tmp_path))
    with running(*module("servicebus", "--topology", topology, "--port", "0")) as endpoint:
        with urllib.request.urlopen(f"{endpoint.page}stats") as answer:
            stats = json.load(answer)
        with urllib.request.urlopen(f"{endpoint.page}health/ready") as answer:
            ready = answer.status

    assert ready == 200
    kinds = ("active", "scheduled", "deferred", "dead_lettered", "accepted", "transfer_dead_lettered")
    assert stats["orders"] == dict.fromkeys(kinds, 0)
    assert set(stats) == {"orders", "once", "instances", "news", "news/Subscriptions/daily"}


def test_without_options_it_is_an_empty_namespace_in_memory_that_says_how_to_get_entities() -> None:
    with running(*module("servicebus", "--port", "0")) as endpoint:
        assert "0 queues, 0 topics, 0 subscriptions: add some with --queue NAME" in endpoint.greeting
        assert "in memory only, gone when it stops; --data FOLDER keeps it" in endpoint.greeting
        endpoint.process.send_signal(signal.SIGINT)
        assert endpoint.process.wait(10) == 0


def test_entities_can_be_named_on_the_command_line() -> None:
    options = ("--queue", "a", "--session-queue", "b", "--subscription", "t/one", "--subscription", "T/two")
    with running(*module("servicebus", "--port", "0", *options)) as endpoint:
        assert "2 queues, 1 topic, 2 subscriptions" in endpoint.greeting
        with urllib.request.urlopen(f"{endpoint.page}stats") as answer:
            assert set(json.load(answer)) == {"a", "b", "t", "t/Subscriptions/one", "t/Subscriptions/two"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--subscription", "news"), "TOPIC/NAME was expected"),
        (("--queue", "a$b"), "'a$b' can't be the name of an entity"),
        (("--queue", "two words"), "'two words' can't be the name of an entity"),
        (("--queue", "a", "--session-queue", "A"), "two entities with the name 'A'"),
    ],
)
def test_an_entity_that_can_not_be_is_one_clear_line(options: tuple[str, ...], complaint: str) -> None:
    ended = run([*module("servicebus", "--port", "0", *options)])

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert complaint in ended.stderr


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(command(written_topology(tmp_path), "--port", port))

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}, HTTP port" in ended.stderr


def test_a_data_directory_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path):
        ended = run(command(written_topology(tmp_path), "--port", "0", "--data", str(tmp_path / "data")))

    assert ended.returncode == 2
    assert "data: can't be used: database is locked: is another endpoint using it?" in ended.stderr


def test_the_greeting_counts_what_was_made_at_run_time_too(tmp_path: Path) -> None:
    options = ("--port", "0", "--data", str(tmp_path / "data"))
    secure = ("--admin-port", "0", "--certificates", str(tmp_path / "certificates"))
    with running(*module("servicebus", *options, *secure)) as endpoint:
        (told,) = [line for line in endpoint.greeting.splitlines() if "Admin" in line]
        authority = str(tmp_path / "certificates" / "authority.pem")
        with ServiceBusAdministrationClient.from_connection_string(
            told.split()[-1], connection_verify=authority
        ) as admin:
            admin.create_queue("made")
            admin.create_topic("news")
            admin.create_subscription("news", "daily")

    with running(*module("servicebus", *options)) as endpoint:
        assert "Entities  1 queue, 1 topic, 1 subscription\n" in endpoint.greeting


def test_a_port_that_there_is_not_is_refused() -> None:
    ended = run([*module("servicebus", "--port", "70000")])

    assert ended.returncode == 2
    assert "--port: a port from 0 to 65535 was expected, found '70000'" in ended.stderr


def test_an_ipv6_address_stands_in_brackets_in_whatever_is_printed() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with running(*module("servicebus", "--port", "0", "--host", "::1", "--queue", "orders")) as endpoint:
        assert "amqp://[::1]:" in endpoint.greeting
        assert endpoint.connection_string.startswith("Endpoint=sb://localhost:")
        with urllib.request.urlopen(f"{endpoint.page}health/ready") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "can't be read"),
        ("{", "is not JSON"),
        ('{"UserConfig": {"Namespaces": [{"Name": "n", "Queues": [{"Nam": "q"}]}]}}', "Namespaces[0].Queues[0].Nam"),
    ],
)
def test_a_topology_that_can_not_be_used_is_one_clear_line(tmp_path: Path, text: str | None, complaint: str) -> None:
    path = tmp_path / "topology.json"
    if text is not None:
        path.write_text(text)

    ended = run(command(path))

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert complaint in ended.stderr


def test_the_help_names_the_default_key() -> None:
    ended = run(command(Path("topology.json"), "--help"))

    assert ended.returncode == 0
    assert "local-development-key" in ended.stdout


def test_faults_of_a_file_are_set_from_the_start_and_can_be_listed(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([{"kind": "refuse", "name": "full", "condition": "amqp:resource-limit-exceeded"}]))

    with running(*module("servicebus", "--port", "0", "--queue", "orders", "--faults", str(script))) as endpoint:
        client = ServiceBusClient.from_connection_string(endpoint.connection_string, retry_total=0)
        with client, client.get_queue_sender("orders") as sender, pytest.raises(ServiceBusQuotaExceededError):
            sender.send_messages(ServiceBusMessage("x"))
        with urllib.request.urlopen(f"{endpoint.page}faults") as answer:
            (listed,) = json.load(answer)["faults"]

    assert (listed["name"], listed["hits"], listed["over"]) == ("full", 1, True)


def test_faults_that_make_no_sense_are_one_clear_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text('{"kind": "refuse", "entity": "ordres"}')

    ended = run([*module("servicebus", "--port", "0", "--queue", "orders", "--faults", str(script))])

    assert ended.returncode == 2
    assert (
        ended.stderr == f"The faults in {script} can't be set: There is no entity 'ordres': expected one of orders.\n"
    )
