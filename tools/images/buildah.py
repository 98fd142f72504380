"""Images without an engine: `buildah` with its layers in one folder.

A RUN of a Dockerfile sees the certificates that this machine trusts, as the way to a package registry may need them.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images.errors import ImagesError

LINES_SHOWN = 25
CERTIFICATES = Path("/etc/ssl/certs")
MOUNTS = Path("/proc/self/mounts")
# Without an engine nobody is asked for a base image that is not here.
_BUILD = ("build", "--layers", "--pull-never", "--format", "docker", "--isolation", "chroot")


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself: how it is started, and when it is healthy."""

    entrypoint: tuple[str, ...]
    environment: tuple[str, ...]
    user: str
    health: tuple[str, ...]
    labels: Mapping[str, str]


class Buildah:
    """Builds, describes and mounts images that lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._layers = folder / "layers"
        self._mounted: dict[str, Path] = {}
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._driver = "overlay"
        if self._call("info").returncode:
            self._driver = "vfs"

    @property
    def driver(self) -> str:
        """How layers are stored: `overlay`, or `vfs` where the kernel has no overlays (much larger)."""
        return self._driver

    def build(self, context: Path, dockerfile: Path, tag: str, **arguments: str) -> None:
        """Build an image; raises `ImagesError` with the last that was said."""
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        trusted = f"{CERTIFICATES}:{CERTIFICATES}:ro"
        self._run(*_BUILD, *given, "--volume", trusted, "--tag", tag, "--file", str(dockerfile), str(context))

    def has(self, tag: str) -> bool:
        """Whether an image is there already."""
        return self._call("inspect", "--type", "image", tag).returncode == 0

    def describe(self, tag: str) -> Image:
        """Give what an image says of itself."""
        found: dict[str, Any] = json.loads(self._run("inspect", "--type", "image", tag))["Docker"]
        config = found["config"]
        return Image(
            entrypoint=tuple(config.get("Entrypoint") or ()),
            environment=tuple(config.get("Env") or ()),
            user=config.get("User", ""),
            health=tuple((config.get("Healthcheck") or {}).get("Test") or ())[1:],
            labels=config.get("Labels") or {},
        )

    def mount(self, tag: str) -> Path:
        """Give the file system of an image, once for all who want it."""
        if tag not in self._mounted:
            container = self._run("from", "--pull-never", tag).strip()
            self._mounted[tag] = Path(self._run("mount", container).strip())
        return self._mounted[tag]

    def let_go(self) -> None:
        """Unmount all that is mounted, also by a build that was interrupted, so that the folder can be deleted."""
        self._call("rm", "--all")
        self._mounted.clear()
        # The driver mounts its folder onto itself, and leaves it so.
        mounted = [line.split()[1] for line in MOUNTS.read_text().splitlines()]
        for place in reversed([place for place in mounted if place.startswith(f"{self._layers}/")]):
            subprocess.run(("umount", place), check=False)

    def _run(self, *arguments: str) -> str:
        done = self._call(*arguments)
        if done.returncode:
            last = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-LINES_SHOWN:])
            raise ImagesError(f"buildah {arguments[0]} ended with {done.returncode} ({arguments[-1]}):\n{last}")
        return done.stdout

    def _call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        where = ("--root", str(self._layers), "--runroot", str(self._folder / "run"))
        command = ("buildah", *where, "--storage-driver", self._driver, *arguments)
        environment = {**os.environ, "TMPDIR": str(self._folder / "tmp")}
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
        )
