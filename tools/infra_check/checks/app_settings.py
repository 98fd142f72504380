"""Whether services are told what they read, and what must be told is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra_check.deployment import apps, container, properties, settings
from infra_check.findings import Checked, Finding, place
from infra_check.situations import services, situations

REFERENCE = Path("docs/reference/settings.md")
_ROW = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \|", re.MULTILINE)


def readers(root: Path) -> Mapping[str, frozenset[str]]:
    """Say which services read each setting, by the reference, which tests compare with the code."""
    names = services(root)
    return {
        name: frozenset(service for told in who.split(",") for service in _meant(told.strip(), names))
        for name, who in _ROW.findall((root / REFERENCE).read_text())
    }


def check(root: Path) -> Checked:
    """Compare the environments of the container apps with the reference of settings."""
    known = readers(root)
    told = 0
    found: set[Finding] = set()
    for expansion in situations(root).values():
        for service, app in apps(expansion).items():
            where = place(root, app.file, app.line)
            given = settings(app)
            told = max(told, len(given))
            found |= {
                Finding(where, f"expected settings that {service} reads; found {name}, see {REFERENCE}")
                for name in given
                if service not in known.get(name, ())
            }
            names = [pair["name"] for pair in container(app)["env"]]
            found |= {
                Finding(where, f"expected each setting of {service} once; found {name} {names.count(name)} times")
                for name in given
                if names.count(name) > 1
            }
            secrets = {secret["name"] for secret in properties(app)["configuration"]["secrets"]}
            wanted = {pair["secretRef"] for pair in container(app)["env"] if "secretRef" in pair}
            found |= {Finding(where, f"expected secret {name!r} of {service}; found none") for name in wanted - secrets}
            found |= {Finding(where, f"secret {name!r} of {service} is not used") for name in secrets - wanted}
    return Checked(f"settings of {len(services(root))} services, {told} at most, against {REFERENCE}", sorted(found))


def _meant(told: str, services: tuple[str, ...]) -> Iterator[str]:
    for service in services:
        worker = service not in {"ingestor", "orchestrator"}
        if told in {"all", service, f"worker-{service}", f"{service} worker"} or (told == "workers" and worker):
            yield service
