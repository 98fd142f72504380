import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.support.emulator_commands import running

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment with the wheel in it; what the wheel depends on is borrowed from ours."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder / "venv", with_pip=False)
    run(folder, "build", "--wheel", "--out-dir", str(folder), str(ROOT / "emulators"))
    [wheel] = folder.glob("*.whl")
    run(folder, "pip", "install", "--no-deps", "--python", str(folder / "venv" / "bin" / "python"), str(wheel))
    packages = next((folder / "venv").glob("lib/python*/site-packages"))
    # A path, not a site folder: the editable packages of the workspace stay out.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv" / "bin"


def run(folder: Path, *command: str) -> None:
    subprocess.run([UV, *command], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("command", ["servicebus-emulator", "cosmos-emulator", "telemetry-collector"])
def test_an_installed_command_starts_and_brings_its_page(commands: Path, command: str) -> None:
    with running(str(commands / command), "--port", "0") as endpoint:
        page = urllib.request.Request(endpoint.page, headers={"Accept": "text/html"})
        with urllib.request.urlopen(page) as answer:
            assert b"<title>" in answer.read()
        with urllib.request.urlopen(f"{endpoint.page}_page/static/style.css") as answer:
            assert answer.headers["content-type"].startswith("text/css")


def test_what_is_installed_is_the_wheel(commands: Path) -> None:
    told = subprocess.check_output(
        [str(commands / "python"), "-c", "import emulators; print(emulators.__file__)"], text=True
    )

    assert Path(told.strip()).is_relative_to(commands.parent)
