import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import audit
from audit import NotAudited, Package, accepted, packages_in, vulnerabilities

KNOWN = {("left-pad", "1.0"): ["GHSA-1", "PYSEC-2"]}


class Osv(BaseHTTPRequestHandler):
    """Answers as the database does: a result for each query, in order, empty where nothing is known."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        ids = [KNOWN.get((query["package"]["name"], query["version"]), []) for query in asked]
        results: list[Any] = [{"vulns": [{"id": id} for id in each]} if each else {} for each in ids]
        body = json.dumps({"results": results} if self.path == "/v1/querybatch" else []).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def osv() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Osv)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_line_of_a_lock_file_is_a_package() -> None:
    lock = 'a==1.0\nb-c[extra]==2.0.post1 ; sys_platform != "win32"\n# a comment\n\n'

    assert packages_in(lock) == [Package("a", "1.0"), Package("b-c", "2.0.post1")]


@pytest.mark.parametrize("line", ["a>=1", "a", "a @ file:///a.whl", "-e ."])
def test_a_line_that_pins_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="expected name==version"):
        packages_in(line)


def test_the_lock_file_pins_everything() -> None:
    assert len(packages_in(audit.LOCK.read_text())) > 50


def test_what_is_known_is_told_of_the_package(osv: str) -> None:
    left_pad = Package("left-pad", "1.0")

    assert vulnerabilities([Package("a", "1"), left_pad, Package("left-pad", "2.0")], osv) == {
        left_pad: ["GHSA-1", "PYSEC-2"]
    }


def test_without_an_answer_nothing_was_audited(osv: str, unused_tcp_port: int) -> None:
    for service in (f"http://127.0.0.1:{unused_tcp_port}", f"{osv}/elsewhere"):
        with pytest.raises(NotAudited):
            vulnerabilities([Package("a", "1")], service)


def test_the_command_says_that_it_audited_nothing_and_does_not_fail(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_SERVICE", f"http://127.0.0.1:{unused_tcp_port}")

    assert audit.main() == 0
    assert capsys.readouterr().out.startswith("not audited: ")


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ("", 1),
        ('[[accepted]]\nid = "GHSA-1"\nreason = "not used"\nuntil = 2100-01-01\n', 1),
        (
            '[[accepted]]\nid = "GHSA-1"\nreason = "not used"\nuntil = 2100-01-01\n'
            '[[accepted]]\nid = "PYSEC-2"\nreason = "not used"\nuntil = 2100-01-01\n',
            0,
        ),
    ],
)
def test_the_command_fails_on_what_is_not_accepted(
    listed: str, code: int, osv: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").write_text("left-pad==1.0\n")
    (tmp_path / "accepted").write_text(listed)
    monkeypatch.setenv("AUDIT_SERVICE", osv)
    monkeypatch.setattr(audit, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(audit, "accepted", lambda today: accepted(today, tmp_path / "accepted"))

    assert audit.main() == code


def test_what_is_accepted_counts_again_after_its_day(tmp_path: Path) -> None:
    path = tmp_path / "accepted"
    path.write_text('[[accepted]]\nid = "GHSA-1"\nreason = "not used"\nuntil = 2027-01-01\n')

    assert accepted(date(2027, 1, 1), path) == {"GHSA-1": "not used"}
    assert accepted(date(2027, 1, 2), path) == {}


@pytest.mark.parametrize("rest", ['reason = "not used"', "until = 2027-01-01", 'reason = ""\nuntil = 2027-01-01'])
def test_nothing_is_accepted_without_a_reason_and_a_day(rest: str, tmp_path: Path) -> None:
    (tmp_path / "accepted").write_text(f'[[accepted]]\nid = "GHSA-1"\n{rest}\n')

    with pytest.raises(ValueError, match="GHSA-1"):
        accepted(date(2026, 1, 1), tmp_path / "accepted")
