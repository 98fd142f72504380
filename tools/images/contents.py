"""What is in the file system of an image: packages, what they ask for, the list of them, its size."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from os.path import lexists
from pathlib import Path

from packaging.requirements import Requirement

from images.errors import ImagesError

SBOM = "sbom.cdx.json"
# Programs that build or install; and packages that do.
BUILD_PROGRAMS = ("pip", "pip3", "gcc", "cc", "make", "git", "uv", "cyclonedx-py")
BUILD_PACKAGES = ("pip", "setuptools", "wheel", "uv-build", "cyclonedx-bom")
_PROGRAM_FOLDERS = ("usr/bin", "usr/local/bin", "venv/bin", "sbom/bin")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an image.

    Attributes:
        packages: what is installed for its service, by normalised name.
        asked_for: what its service asks for, directly or not.
        listed: the components of its list (CycloneDX), with their versions.
        build_tools: what could build or install something.
        size: bytes of all files; `size_of_service` of those in `/venv`.
    """

    packages: frozenset[str]
    asked_for: frozenset[str]
    listed: frozenset[str]
    build_tools: tuple[str, ...]
    size: int
    size_of_service: int


def contents_of(root: Path, service: str, extras: Iterable[str]) -> Contents:
    """Look into the file system at `root`, which is that of the package `service` with `extras`."""
    found = {normalised(each.name): each for each in distributions(path=[str(_site(root))])}
    return Contents(
        packages=frozenset(found),
        asked_for=frozenset(closure(service, extras, found)),
        listed=frozenset(_listed(root)),
        build_tools=tuple(_build_tools(root)),
        size=size_of(root),
        size_of_service=size_of(root / "venv"),
    )


def faults_of(contents: Contents) -> list[str]:
    """Say what is in an image that should not be, or is not in it that should."""
    pairs = (
        ("installed, but not asked for", contents.packages - contents.asked_for),
        ("asked for, but not installed", contents.asked_for - contents.packages),
        (f"installed, but not in /{SBOM}", contents.packages - contents.listed),
        (f"in /{SBOM}, but not installed", contents.listed - contents.packages),
        ("able to build or install", set(contents.build_tools)),
    )
    return [f"{what}: {', '.join(sorted(names))}" for what, names in pairs if names]


def closure(service: str, extras: Iterable[str], found: "dict[str, Distribution]") -> set[str]:
    """Give the names of all that a package asks for with these extras, by what the packages found say of themselves."""
    asked: set[tuple[str, str]] = set()
    waiting = [(normalised(service), extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in asked:
            continue
        asked.add((name, extra))
        requirements = map(Requirement, (found[name].requires or ()) if name in found else ())
        for each in requirements:
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                waiting += [(normalised(each.name), more) for more in ("", *each.extras)]
    return {name for name, _ in asked}


def normalised(name: str) -> str:
    """Write the name of a package as all of its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def size_of(folder: Path) -> int:
    """Give the bytes of all files below a folder; links count for nothing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _site(root: Path) -> Path:
    for folder in (root / "venv/lib").glob("python3*/site-packages"):
        return folder
    raise ImagesError(f"expected /venv/lib/python3.*/site-packages in the image, found none below {root}")


def _listed(root: Path) -> Iterator[str]:
    document = json.loads((root / SBOM).read_bytes())
    yield normalised(document["metadata"]["component"]["name"])
    yield from (normalised(component["name"]) for component in document["components"])


def _build_tools(root: Path) -> Iterator[str]:
    for folder in _PROGRAM_FOLDERS:
        yield from (f"/{folder}/{name}" for name in BUILD_PROGRAMS if lexists(root / folder / name))
    of_the_base = (*root.glob("usr/local/lib/python3*/*-packages"), *root.glob("usr/lib/python3/dist-packages"))
    for site in (*of_the_base, _site(root)):
        found = {normalised(each.name) for each in distributions(path=[str(site)])}
        yield from (f"{name} in {site.relative_to(root)}" for name in BUILD_PACKAGES if name in found)
