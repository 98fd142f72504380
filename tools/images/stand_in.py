"""The stand-in for the base image: Debian's packages of Python, in the shape of `python:…-slim`.

It bears the name that the Dockerfiles ask for, so that these are built as they stand. What differs from the real one:
its Python is Debian's, of another patch version and in `/usr/bin`, and it has all that `minbase` brings.
"""

import re
import subprocess
import sys
from pathlib import Path

from images.buildah import Buildah
from images.errors import ImagesError

_SUITE = "bookworm"
# What the real image has beside Python: certificates, names of protocols and time zones.
_PACKAGES = "python3,ca-certificates,netbase,tzdata"
_LEFT_OUT = ("doc", "man", "locale")
# What the real image has of tools that build; each Dockerfile removes them from its final stage.
_BUILD_TOOLS = ("pip", "setuptools", "wheel")
_DOCKERFILE = """\
FROM scratch
ADD debian.tar /
COPY tools /usr/local/lib/python3.11/dist-packages
RUN ln -s /usr/bin/python3 /usr/local/bin/python && rm /usr/lib/python3.11/EXTERNALLY-MANAGED
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
"""
_ASKED_FOR = re.compile(r"^FROM (\S+)", re.MULTILINE)


def base_of(dockerfile: Path) -> str:
    """Give the name of the base image that a Dockerfile asks for. Raises `ImagesError`."""
    found = _ASKED_FOR.search(dockerfile.read_text())
    if found is None:
        raise ImagesError(f"{dockerfile}: expected a line FROM <image>, found none")
    return found[1]


def make_base(buildah: Buildah, tag: str, folder: Path) -> None:
    """Make the stand-in under the name `tag`. Raises `ImagesError`."""
    folder.mkdir(parents=True, exist_ok=True)
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    debian = ("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}")
    _run(*debian, *left_out, _SUITE, str(folder / "debian.tar"))
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder / "tools"), *_BUILD_TOOLS)
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    buildah.build(folder, folder / "Dockerfile", tag)


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImagesError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-2000:]}")
