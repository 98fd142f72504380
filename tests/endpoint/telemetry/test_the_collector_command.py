import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.emulator_commands import module, running
from tests.support.telemetry_posts import look


def test_it_says_where_to_send_and_ends_well() -> None:
    with running(*module("telemetry", "--port", "0")) as collector:
        url = collector.page.rstrip("/")
        assert f"OTEL_EXPORTER_OTLP_ENDPOINT={url}" in collector.greeting
        assert "in memory only" in collector.greeting
        assert f"IngestionEndpoint={url}/;" in collector.connection_string
        assert look(f"{url}/health/ready") == {"status": "ready"}

        collector.process.send_signal(signal.SIGTERM)
        assert collector.process.wait(timeout=10) == 0


def test_a_busy_port_is_one_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        ended = subprocess.run(
            module("telemetry", "--port", port), check=False, capture_output=True, text=True, timeout=30
        )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert port in ended.stderr


@pytest.mark.parametrize("count", ["999", "-5", "many"])
def test_a_bound_that_keeps_nothing_is_refused(count: str) -> None:
    ended = subprocess.run(
        module("telemetry", "--items-max", count), check=False, capture_output=True, text=True, timeout=30
    )

    assert ended.returncode == 2
    assert "a number from 1000 was expected" in ended.stderr


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "telemetry.sqlite").write_text(
        "this is no database, but a text that is long enough to be looked at" * 20
    )

    ended = subprocess.run(
        module("telemetry", "--port", "0", "--data", str(tmp_path)),
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert ended.returncode == 2
    assert "can't be opened (file is not a database)" in ended.stderr


def test_another_web_site_is_refused() -> None:
    with running(*module("telemetry", "--port", "0")) as collector:
        request = urllib.request.Request(f"{collector.page}api/transactions", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        with refused.value as answer:
            assert answer.code == 403
