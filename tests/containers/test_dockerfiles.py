import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(
    path.parent.relative_to(ROOT) for part in ("services", "emulators") for path in (ROOT / part).rglob("Dockerfile")
)
SERVICES = [folder for folder in FOLDERS if folder.parts[0] == "services"]
PINNED = re.compile(r"docker\.io/library/python:3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?")

each_image = pytest.mark.parametrize("folder", FOLDERS, ids=str)
each_service = pytest.mark.parametrize("folder", SERVICES, ids=str)


def text_of(folder: Path) -> str:
    return (ROOT / folder / "Dockerfile").read_text()


def final_stage(folder: Path) -> str:
    return text_of(folder).rpartition("\nFROM ")[2]


def package_of(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    return project


def like_the_ingestor(folder: Path) -> str:
    """The Dockerfile of the ingestor with the names of another service."""
    is_worker = folder.parent.name == "workers"
    what, module = (f"{folder.name} worker", f"{folder.name}_worker") if is_worker else (folder.name, folder.name)
    text = text_of(Path("services/ingestor")).replace("services/ingestor", str(folder))
    text = text.replace("he ingestor", f"he {what}").replace('"ingestor"', f'"{module}"')
    return text if has_parts_for_azure(folder) else text.replace("'/src/service[azure]'", "/src/service")


def has_parts_for_azure(folder: Path) -> bool:
    return "azure" in package_of(folder).get("optional-dependencies", {})


def test_each_package_that_runs_has_an_image() -> None:
    packages = {path.parent.relative_to(ROOT) for path in (ROOT / "services").rglob("pyproject.toml")}

    assert {*packages, Path("emulators")} == set(FOLDERS)


@each_service
def test_the_dockerfiles_of_all_services_are_equal_but_for_the_names(folder: Path) -> None:
    assert text_of(folder) == like_the_ingestor(folder)


def test_that_of_the_endpoints_differs_in_what_is_copied_and_started() -> None:
    own = set(text_of(Path("emulators")).splitlines()) - set(like_the_ingestor(Path("emulators")).splitlines())

    assert {line.split()[0] for line in own if not line.startswith("#")} == {"&&", "LABEL", "CMD", "ENTRYPOINT"}


@each_image
def test_the_base_is_pinned_and_the_same_everywhere(folder: Path) -> None:
    build, final = re.findall(r"^FROM (.*)$", text_of(folder), re.MULTILINE)

    assert PINNED.fullmatch(final)
    assert build == f"{final} AS build"
    assert f"FROM {final}\n" in text_of(Path("emulators"))


@each_image
def test_what_is_installed_comes_from_the_lock(folder: Path) -> None:
    installs = re.findall(r"pip --python \S+ install --no-cache-dir (.*)", text_of(folder))

    assert len(installs) == (3 if folder in SERVICES else 2)
    assert all(install.startswith("--constraint /src/requirements.lock ") for install in installs)


@each_service
def test_an_image_gets_its_own_service_and_what_all_share(folder: Path) -> None:
    copied = re.findall(r"^COPY (?!--from=build)(\S+) \S+$", text_of(folder), re.MULTILINE)

    assert copied == ["requirements.lock", "shared", str(folder)]


@each_image
def test_an_image_has_the_parts_of_its_service_that_speak_to_azure(folder: Path) -> None:
    assert ("/src/service[azure]" in text_of(folder)) is has_parts_for_azure(folder)


@each_image
def test_no_build_tool_reaches_the_final_stage(folder: Path) -> None:
    assert "pip uninstall --yes --root-user-action=ignore pip setuptools wheel" in final_stage(folder)
    assert re.findall(r"^COPY (.*)$", final_stage(folder), re.MULTILINE) == [
        "--from=build /venv /venv",
        "--from=build /sbom.cdx.json /sbom.cdx.json",
    ]


@each_image
def test_an_image_runs_as_a_user_that_is_not_root_by_its_number(folder: Path) -> None:
    assert re.findall(r"^USER (.*)$", final_stage(folder), re.MULTILINE) == ["10001:10001"]


@each_image
def test_an_image_tells_whether_its_service_is_ready(folder: Path) -> None:
    assert "/health/ready" in final_stage(folder).partition("HEALTHCHECK")[2].partition("\n")[2].partition("\n")[0]


@each_image
def test_an_image_lists_what_is_installed_in_it(folder: Path) -> None:
    assert "cyclonedx-py environment --pyproject /src/service/pyproject.toml" in text_of(folder)


@each_image
def test_an_image_says_what_it_is(folder: Path) -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', final_stage(folder)))

    assert labels["title"].startswith("DurableOrchestrator: the ")
    assert labels == {
        "title": labels["title"],
        "licenses": package_of(folder)["license"],
        "version": "${VERSION}",
        "revision": "${REVISION}",
    }


def test_a_build_is_sent_only_what_images_are_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in lines
    assert {line for line in lines if line.startswith("!")} == {
        "!requirements.lock",
        "!emulators",
        "!services",
        "!shared",
    }
