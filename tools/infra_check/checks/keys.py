"""Whether nobody gets in by a key or a password, and no secret is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from infra_check.bicep.expansion import Deployed
from infra_check.bicep.source import descendants, line_of, read_bicep, text_of
from infra_check.deployment import properties
from infra_check.findings import Checked, Finding, place
from infra_check.situations import bicep_files, situations

# By resource type: the property that closes it to keys, and what it must be.
_CLOSED: Mapping[str, tuple[str, bool]] = {
    "Microsoft.CognitiveServices/accounts": ("disableLocalAuth", True),
    "Microsoft.ContainerRegistry/registries": ("adminUserEnabled", False),
    "Microsoft.DocumentDB/databaseAccounts": ("disableLocalAuth", True),
    "Microsoft.Insights/components": ("DisableLocalAuth", True),
    "Microsoft.KeyVault/vaults": ("enableRbacAuthorization", True),
    "Microsoft.OperationalInsights/workspaces": ("features.disableLocalAuth", True),
    "Microsoft.ServiceBus/namespaces": ("disableLocalAuth", True),
    "Microsoft.Storage/storageAccounts": ("allowSharedKeyAccess", False),
}


def check(root: Path) -> Checked:
    """Look at every resource that could have keys, and for functions that read some."""
    deployed = [each for expansion in situations(root).values() for each in expansion.deployed]
    found = {finding for each in deployed for finding in (*_open(root, each), *_written(root, each))}
    found |= {finding for path in bicep_files(root) for finding in _read(root, path)}
    closed = sorted({each.kind for each in deployed} & _CLOSED.keys())
    return Checked(f"{len(closed)} resource types are closed to keys, no secret stands in a setting", sorted(found))


def _open(root: Path, deployed: Deployed) -> Iterator[Finding]:
    if deployed.kind not in _CLOSED:
        return
    name, wanted = _CLOSED[deployed.kind]
    value: Any = reduce(_inner, name.split("."), properties(deployed))
    if value is not wanted:
        told = f"expected {name} of {deployed.kind} to be {str(wanted).lower()}; found {value!r}"
        yield Finding(place(root, deployed.file, deployed.line), told)


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _written(root: Path, deployed: Deployed) -> Iterator[Finding]:
    if deployed.kind != "Microsoft.App/containerApps":
        return
    for secret in properties(deployed)["configuration"]["secrets"]:
        if "value" in secret:
            told = f"expected secret {secret['name']!r} to lie in the vault; found its value"
            yield Finding(place(root, deployed.file, deployed.line), told)


def _read(root: Path, path: Path) -> Iterator[Finding]:
    for node in descendants(read_bicep(path).root):
        if node.type in {"identifier", "property_identifier"} and text_of(node).startswith(("listKeys", "listSecrets")):
            yield Finding(place(root, path, line_of(node)), f"expected identities; found keys, by {text_of(node)}()")
