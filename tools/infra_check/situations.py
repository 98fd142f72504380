"""The deployments that are checked: every profile, and what differs by parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra_check.bicep.expansion import Expansion, expanded

BICEP = Path("infra/bicep")
MAIN = BICEP / "main.bicep"
TOPOLOGY = Path("shared/src/contracts/topology.json")
_NAMES = {"environmentName": "check", "location": "westeurope", "authAudience": "api://check"}


def situations(root: Path) -> Mapping[str, Expansion]:
    """Give what is deployed in each situation, by its name."""
    main = root / MAIN
    read = [root / TOPOLOGY, *(path for path in (root / BICEP).rglob("*") if path.is_file())]
    return _worked_out(main, max(path.stat().st_mtime_ns for path in read))


@lru_cache(maxsize=50)
def _worked_out(main: Path, _changed: int) -> Mapping[str, Expansion]:
    images = {name: f"registry/{name}:1" for name in services(main.parents[2])}
    given: Mapping[str, Mapping[str, Any]] = {
        "before the first image": {},
        "dev": {"images": images},
        "production": {"images": images, "profile": "production"},
        "production, private": {
            "images": images,
            "profile": "production",
            "networking": "private",
            "managementReachedBy": "everybody",
            "sentByHttp": "api-token=https://api.example.com",
        },
    }
    return {name: expanded(main, {**_NAMES, **more}) for name, more in given.items()}


def services(root: Path) -> tuple[str, ...]:
    """Name the services that are deployed."""
    workers = json.loads((root / BICEP / "workers.json").read_bytes())
    return ("ingestor", "orchestrator", *(worker["name"] for worker in workers))


def bicep_files(root: Path) -> list[Path]:
    """Give every Bicep file."""
    return sorted((root / BICEP).rglob("*.bicep"))
