import sys
from pathlib import Path

import pytest

from images.alone import live_alone
from images.buildah import Image
from images.compose import read_compose
from images.container import Container, Running
from images.errors import ImagesError
from images.network import Network

ROOT = Path(__file__).resolve().parents[2]
WAITS_FOR_SIGTERM = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit({code}))
pathlib.Path({sign!r}).touch()
signal.pause()
"""


class OnThisMachine(Container):
    """A container whose commands run as they are, without an image."""

    def _entering(self, *command: str) -> tuple[str, ...]:
        return command


def container(tmp_path: Path, code: str, health: str, name: str = "cosmos") -> Container:
    service = read_compose(ROOT)[name]
    python = (sys.executable, "-c")
    image = Image((*python, code), (), "10001:10001", (*python, health), {})
    (tmp_path / "image/data").mkdir(parents=True, exist_ok=True)
    return OnThisMachine(service, image, tmp_path / "image", Network({}, tmp_path / "hosts"), tmp_path, ROOT)


def waiting(tmp_path: Path, code: int = 0) -> Container:
    sign = str(tmp_path / "sign")
    health = f"import pathlib, sys; sys.exit(not pathlib.Path({sign!r}).exists())"
    return container(tmp_path, WAITS_FOR_SIGTERM.format(code=code, sign=sign), health)


def test_it_is_healthy_once_its_health_check_succeeds_and_ends_when_told(tmp_path: Path) -> None:
    running = Running(waiting(tmp_path))

    assert 0 < running.until_healthy() < 60
    assert running.stop() == 0


def test_one_that_ends_before_it_is_healthy_is_told_with_its_last_words(tmp_path: Path) -> None:
    running = Running(container(tmp_path, "import sys; print('COSMOS_KEY: expected none'); sys.exit(2)", "exit(1)"))

    with pytest.raises(ImagesError) as told:
        running.until_healthy()

    running.stop()
    assert "cosmos did not become healthy: it ended with exit code 2" in str(told.value)
    assert "    COSMOS_KEY: expected none" in str(told.value)


def test_how_each_lived_is_told(tmp_path: Path) -> None:
    lived = live_alone({"cosmos": waiting(tmp_path)})

    assert lived["cosmos"].healthy_after > 0
    assert lived["cosmos"].stopped_after > 0


def test_one_that_does_not_end_well_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="cosmos: expected exit code 0 after SIGTERM, found 3"):
        live_alone({"cosmos": waiting(tmp_path, code=3)})
