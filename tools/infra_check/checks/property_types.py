"""Whether resources have the properties that Azure knows, by the public types that setting `BICEP_TYPES` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from infra_check.bicep.expansion import Deployed
from infra_check.bicep.schemas import Schemas
from infra_check.findings import Checked, Finding, place
from infra_check.situations import situations


def check(root: Path) -> Checked:
    """Compare every resource of every situation with its type."""
    told = os.environ.get("BICEP_TYPES", "")
    if not told:
        return Checked("types not checked: BICEP_TYPES names no folder of public type data")
    if not Path(told).is_dir():
        return Checked("types not checked", [Finding("BICEP_TYPES", f"expected a folder; found {told!r}")])
    found: set[Finding] = set()
    compared: set[str] = set()
    without: set[str] = set()
    for deployed in (each for expansion in situations(root).values() for each in expansion.deployed):
        files = _files_of(Path(told), deployed.kind)
        (compared if files else without).add(deployed.kind)
        if files:
            found |= set(_of(root, deployed, files))
    missing = f"; no type data, not checked: {', '.join(sorted(without))}" if without else ""
    return Checked(f"{len(compared)} resource types{missing}", sorted(found))


@lru_cache(maxsize=500)
def _files_of(folder: Path, kind: str) -> tuple[Path, ...]:
    """Give the files that hold some version of a type."""
    paths = sorted(folder.glob(f"{kind.partition('/')[0].lower()}_*.json"))
    return tuple(path for path in paths if any(name.split("@")[0] == kind.lower() for name in _read(path).bodies))


@lru_cache(maxsize=50)
def _read(path: Path) -> Schemas:
    return Schemas(path)


def _of(root: Path, deployed: Deployed, files: tuple[Path, ...]) -> Iterator[Finding]:
    name = f"{deployed.kind}@{deployed.version}".lower()
    schemas = next((_read(path) for path in files if name in _read(path).bodies), None)
    if schemas is None:
        versions = ", ".join(path.stem.partition("_")[2] for path in files)
        yield Finding(
            place(root, deployed.file, deployed.line),
            f"expected a version of {deployed.kind} that there is type data for ({versions}); found {deployed.version}",
        )
        return
    for mismatch in schemas.mismatches(schemas.bodies[name], deployed.body, deployed.kind):
        where = place(root, deployed.file, mismatch.line or deployed.line)
        yield Finding(where, f"{mismatch.path}: {mismatch.told}")
