"""All images of the compose file: built, looked into, their lists of contents put where people find them."""

import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images.buildah import Buildah
from images.compose import Service
from images.contents import SBOM, Contents, contents_of, faults_of
from images.errors import ImagesError
from images.stand_in import base_of, make_base

EXTRA = "azure"


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built: how long that took, and what is in it."""

    image: str
    seconds: float
    contents: Contents


def build_all(buildah: Buildah, services: Mapping[str, Service], root: Path, out: Path) -> Iterator[Built]:
    """Build the images one by one, and copy the list of contents of each to `out`.

    Raises:
        ImagesError: one can't be built, or holds something else than it should.
    """
    dockerfiles = {service.image: root / service.dockerfile for service in services.values()}
    revision = _revision(root)
    for number, (image, dockerfile) in enumerate(dockerfiles.items(), start=1):
        print(f"Building {image} ({number} of {len(dockerfiles)}) ...", flush=True)
        project = tomllib.loads((dockerfile.parent / "pyproject.toml").read_text())["project"]
        began = time.monotonic()
        buildah.build(root, dockerfile, image, VERSION=project["version"], REVISION=revision)
        seconds = time.monotonic() - began
        content = _look_into(buildah.mount(image), project, image)
        shutil.copyfile(buildah.mount(image) / SBOM, out / f"{image.rpartition('/')[2]}.cdx.json")
        yield Built(image, seconds, content)


def make_bases(buildah: Buildah, services: Mapping[str, Service], root: Path, folder: Path) -> None:
    """Make a stand-in for each base image that is asked for and not there. Raises `ImagesError`."""
    for tag in {base_of(root / service.dockerfile) for service in services.values()}:
        if not buildah.has(tag):
            print(f"Making a stand-in for {tag}, which is not pulled, from Debian's packages ...", flush=True)
            make_base(buildah, tag, folder)


def _look_into(file_system: Path, project: Mapping[str, Any], image: str) -> Contents:
    extras = [EXTRA] if EXTRA in project.get("optional-dependencies", {}) else []
    contents = contents_of(file_system, project["name"], extras)
    if faults := faults_of(contents):
        raise ImagesError("\n".join(f"{image}: {fault}" for fault in faults))
    return contents


def _revision(root: Path) -> str:
    command = ("git", "rev-parse", "HEAD")
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
