import json
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.support.service_bus_process import EndpointProcess, command, written_topology


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)


def test_it_prints_its_connection_string_and_stops_cleanly_when_told(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path) as endpoint:
        assert endpoint.connection_string.startswith("Endpoint=sb://127.0.0.1:")
        assert endpoint.connection_string.endswith("UseDevelopmentEmulator=true;")
        assert endpoint.terminate() == 0


def test_it_serves_readiness_and_counts_over_http(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path, "--http-port", "0") as endpoint:
        stats_url = endpoint.connection_string.removeprefix("Status: ")
        endpoint.line()
        with urllib.request.urlopen(stats_url) as answer:
            stats = json.load(answer)
        with urllib.request.urlopen(stats_url.replace("/stats", "/health/ready")) as answer:
            ready = answer.status

    assert ready == 200
    kinds = ("active", "scheduled", "deferred", "dead_lettered", "accepted", "transfer_dead_lettered")
    assert stats["orders"] == dict.fromkeys(kinds, 0)
    assert set(stats) == {"orders", "once", "instances", "news", "news/Subscriptions/daily"}


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(command(written_topology(tmp_path), "--port", port))

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}: can't listen" in ended.stderr


def test_a_data_directory_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path):
        ended = run(command(written_topology(tmp_path), "--port", "0", "--data", str(tmp_path / "data")))

    assert ended.returncode == 2
    assert "data: can't be used: database is locked" in ended.stderr


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
