import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from images.contents import SBOM, Contents, contents_of, faults_of

Install: TypeAlias = Callable[..., None]
SERVICE = "Durable_Service"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "venv/lib/python3.11/site-packages").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def install(root: Path) -> Install:
    def installed(name: str, *requires: str, site: str = "venv/lib/python3.11/site-packages") -> None:
        folder = root / site / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {each}" for each in requires)]
        (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))

    return installed


def look(root: Path, listed: list[str], *extras: str) -> Contents:
    document: dict[str, Any] = {
        "metadata": {"component": {"name": SERVICE}},
        "components": [{"name": name} for name in listed],
    }
    (root / SBOM).write_text(json.dumps(document))
    return contents_of(root, SERVICE, extras)


def test_an_image_with_what_its_service_asks_for_has_no_fault(root: Path, install: Install) -> None:
    install(SERVICE, "aiohttp>=3", "orjson; extra == 'fast'")
    install("aiohttp", "Yarl", "windows-only; sys_platform == 'win32'")
    install("yarl")

    assert faults_of(look(root, ["aiohttp", "YARL"])) == []


def test_what_only_an_extra_asks_for_is_asked_for_with_it(root: Path, install: Install) -> None:
    install(SERVICE, "shared[http]; extra == 'azure'")
    install("shared", "uvicorn; extra == 'http'", "azure-keyvault; extra == 'vault'")
    install("uvicorn")

    assert faults_of(look(root, ["shared", "uvicorn"], "azure")) == []
    assert faults_of(look(root, ["shared", "uvicorn"])) == ["installed, but not asked for: shared, uvicorn"]


def test_what_belongs_to_another_service_is_a_fault(root: Path, install: Install) -> None:
    install(SERVICE)
    install("pandas")

    assert faults_of(look(root, ["pandas"])) == ["installed, but not asked for: pandas"]


def test_what_is_missing_is_a_fault(root: Path, install: Install) -> None:
    install(SERVICE, "aiohttp")

    assert faults_of(look(root, [])) == ["asked for, but not installed: aiohttp"]


def test_a_list_that_does_not_agree_with_what_is_installed_is_a_fault(root: Path, install: Install) -> None:
    install(SERVICE, "aiohttp")
    install("aiohttp")

    assert faults_of(look(root, ["yarl"])) == [
        "installed, but not in /sbom.cdx.json: aiohttp",
        "in /sbom.cdx.json, but not installed: yarl",
    ]


@pytest.mark.parametrize("program", ["usr/bin/gcc", "usr/local/bin/pip", "venv/bin/cyclonedx-py"])
def test_a_program_that_builds_or_installs_is_a_fault(root: Path, install: Install, program: str) -> None:
    install(SERVICE)
    (root / program).parent.mkdir(parents=True, exist_ok=True)
    (root / program).symlink_to("/nowhere")  # As Debian's alternatives lead out of the image.

    assert faults_of(look(root, [])) == [f"able to build or install: /{program}"]


@pytest.mark.parametrize("site", ["usr/local/lib/python3.11/site-packages", "usr/lib/python3/dist-packages"])
def test_a_package_that_builds_or_installs_is_a_fault_wherever_it_is(root: Path, install: Install, site: str) -> None:
    install(SERVICE)
    install("setuptools", site=site)

    assert faults_of(look(root, [])) == [f"able to build or install: setuptools in {site}"]


def test_the_size_is_that_of_all_files(root: Path, install: Install) -> None:
    install(SERVICE)
    before = look(root, [])
    (root / "etc").write_bytes(b"1234")
    (root / "venv/file").write_bytes(b"123")

    contents = look(root, [])
    assert (contents.size - before.size, contents.size_of_service - before.size_of_service) == (7, 3)
