import os
import subprocess
import sys
from pathlib import Path

import pytest

from images.container import ENTER

# The file system of this machine stands for that of an image.
ENTERED = """
mount --bind / "$1/image"
exec "$0" "$1/image" 10001:10001 "ro:$1/shown:/media" "rw:$1/kept:/mnt" memory:1m:/tmp -- "${@:2}"
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs root, on Linux")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("image", "shown", "kept"):
        (tmp_path / name).mkdir()
    (tmp_path / "shown/file").write_text("shown")
    (tmp_path / "kept").chmod(0o777)
    return tmp_path


def enter(folder: Path, script: str, **settings: str) -> str:
    said = [f"{name}={value}" for name, value in {"PATH": "/usr/bin:/bin", **settings}.items()]
    command = ("unshare", "--mount", "bash", "-c", ENTERED, str(ENTER), str(folder), *said, "/bin/sh", "-c", script)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def test_it_is_the_user_of_the_image_without_capabilities_and_gets_none(folder: Path) -> None:
    said = enter(folder, "id -u; id -g; id -G; grep -E 'CapPrm|CapEff|NoNewPrivs' /proc/self/status")

    assert said.split() == ["10001"] * 3 + ["CapPrm:", "0" * 16, "CapEff:", "0" * 16, "NoNewPrivs:", "1"]


@pytest.mark.parametrize("place", ["/file", "/etc/file", "/media/file"])
def test_nothing_can_be_written_but_what_is_mounted_for_that(folder: Path, place: str) -> None:
    assert "Read-only file system" in enter(folder, f"echo 1 > {place}")


def test_volumes_and_memory_can_be_written(folder: Path) -> None:
    said = enter(folder, "cat /media/file; echo 1 > /mnt/file; echo 2 > /tmp/file && cat /tmp/file")

    assert said == "shown2\n"
    assert (folder / "kept/file").read_text() == "1\n"


def test_it_knows_no_setting_but_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSMOS_KEY", "of somebody else")

    assert set(enter(folder, "env", LOG_LEVEL="INFO").split()) <= {
        "PATH=/usr/bin:/bin",
        "LOG_LEVEL=INFO",
        "PWD=/",
        "_=/usr/bin/env",
    }
