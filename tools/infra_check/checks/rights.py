"""Whether each service may do what its code does, and nothing else.

What the code does stands here as a table; a test watches the services at work and compares. A role is on one entity.
One that is on more says why, in a comment above it that begins with `wide:`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from infra_check.bicep.source import comment_above, read_bicep
from infra_check.deployment import Right, rights
from infra_check.findings import Checked, Finding, place
from infra_check.situations import BICEP, services, situations

Rights: TypeAlias = frozenset[tuple[str, str]]
SEND, RECEIVE = "azureServiceBusDataSender", "azureServiceBusDataReceiver"
RECORDS = "cosmosDbBuiltInDataContributor"
_RECORDS_ID = "00000000-0000-0000-0000-000000000002"
_EVERY_SERVICE = frozenset(
    {
        ("acrPull", "registry"),
        ("monitoringMetricsPublisher", "telemetry"),
        ("storageBlobDataContributor", "objects objects"),
    }
)
_MORE: Mapping[str, Rights] = {
    "secrets": frozenset({("keyVaultSecretsUser", "vault")}),
    "storage": frozenset({("storageTableDataContributor", "account"), ("storageBlobDelegator", "account")}),
}
_WIDE = frozenset({"vault", "account"})
_NARROW = frozenset({"subscription", "topic", "queue", "objects", "records", "secret", "registry", "telemetry"})


def needed(root: Path, secrets: tuple[str, ...]) -> Mapping[str, Rights]:
    """Give what each service needs; `secrets` are those that the HTTP worker may send."""
    workers = [name for name in services(root) if name not in {"ingestor", "orchestrator"}]
    commands = [f"queue commands.{worker}" for worker in workers]
    found: dict[str, Rights] = {
        "ingestor": _EVERY_SERVICE | {(SEND, "topic events")},
        "orchestrator": _EVERY_SERVICE
        | {(SEND, entity) for entity in (*commands, "queue control", "queue instances", "topic lifecycle")}
        # Of `commands.*` it reads the dead letters, which have no role of their own.
        | {(RECEIVE, entity) for entity in (*commands, "queue instances", "subscription events/orchestrator")}
        | {(RECORDS, "records instances")},
    }
    for worker in workers:
        own = {(RECEIVE, f"queue commands.{worker}"), (RECEIVE, "queue control"), (SEND, "queue instances")}
        found[worker] = _EVERY_SERVICE | own | _MORE.get(worker, frozenset())
    found["http"] = found["http"] | {("keyVaultSecretsUser", f"secret {name}") for name in secrets}
    return found


def check(root: Path) -> Checked:
    """Compare the roles of every situation with what the services need."""
    names = {id_: name for name, id_ in json.loads((root / BICEP / "roles.json").read_bytes()).items()}
    names[_RECORDS_ID] = RECORDS
    found: set[Finding] = set()
    total = 0
    for situation, expansion in situations(root).items():
        given = list(rights(expansion))
        total = max(total, len(given))
        secrets = tuple(right.entity.partition(" ")[2] for right in given if right.entity.startswith("secret "))
        found |= set(_differences(root, names, given, needed(root, secrets if "private" in situation else ())))
        found |= {finding for right in given for finding in _too_wide(root, right)}
    return Checked(f"{total} role assignments against what {len(services(root))} services do", sorted(found))


def _differences(
    root: Path, names: Mapping[str, str], given: list[Right], wanted: Mapping[str, Rights]
) -> Iterator[Finding]:
    for right in given:
        where = place(root, right.deployed.file, right.deployed.line)
        role = names.get(right.role)
        if role is None:
            yield Finding(where, f"expected a role of roles.json; found {right.role} for {right.service}")
        elif (role, right.entity) not in wanted.get(right.service, frozenset()):
            yield Finding(where, f"{right.service} does not need {role} on {right.entity}: its code does no such thing")
    for service, roles in wanted.items():
        held = {(names.get(right.role), right.entity) for right in given if right.service == service}
        for role, entity in sorted(roles - held):
            yield Finding(f"{BICEP / 'main.bicep'}:1", f"expected {role} on {entity} for {service}; found none")


def _too_wide(root: Path, right: Right) -> Iterator[Finding]:
    deployed = right.deployed
    kind = right.entity.split(" ")[0]
    if kind in _NARROW or (kind in _WIDE and "wide:" in comment_above(read_bicep(deployed.file), deployed.line)):
        return
    told = f"expected a role on one queue, topic, subscription or container; found it on {right.entity}"
    more = "; say why in a comment above that begins with 'wide:'" if kind in _WIDE else ""
    yield Finding(place(root, deployed.file, deployed.line), told + more)
