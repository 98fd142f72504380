"""What is deployed, as the checks ask for it: entities, services with their settings, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra_check.bicep.expansion import Deployed, Expansion

_IDENTITY = re.compile(r"/userAssignedIdentities/id-([a-z]+)")
_ROLE_OF_RECORDS = "00000000-0000-0000-0000-000000000002"
_ENTITIES = (
    (r"/topics/([^/]+)/subscriptions/([^/]+)$", "subscription {0}/{1}"),
    (r"/topics/([^/]+)$", "topic {0}"),
    (r"/queues/([^/]+)$", "queue {0}"),
    (r"/containers/([^/]+)$", "objects {0}"),
    (r"/colls/([^/]+)$", "records {0}"),
    (r"/vaults/[^/]+/secrets/([^/]+)$", "secret {0}"),
    (r"/vaults/[^/]+$", "vault"),
    (r"/registries/[^/]+$", "registry"),
    (r"Insights/components/[^/]+$", "telemetry"),
    (r"/storageAccounts/[^/]+$", "account"),
)


@dataclass(frozen=True, slots=True)
class Right:
    """One role of one service on one thing; `role` is the id that Azure gives it."""

    service: str
    role: str
    entity: str
    deployed: Deployed


def of_kind(expansion: Expansion, kind: str) -> list[Deployed]:
    """Give the resources of a type."""
    return [each for each in expansion.deployed if each.kind == kind]


def properties(deployed: Deployed) -> Mapping[str, Any]:
    """Give the properties of a resource."""
    found: Mapping[str, Any] = deployed.body.get("properties") or {}
    return found


def rights(expansion: Expansion) -> Iterator[Right]:
    """Give every role that is assigned."""
    for each in of_kind(expansion, "Microsoft.Authorization/roleAssignments"):
        scope = each.scope.id if each.scope else ""
        role = str(properties(each)["roleDefinitionId"]).removeprefix("role:")
        yield Right(_service(each), role, entity_of(scope), each)
    for each in of_kind(expansion, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"):
        role = str(properties(each)["roleDefinitionId"]).rsplit("/", 1)[-1]
        yield Right(_service(each), role, entity_of(str(properties(each)["scope"])), each)


def apps(expansion: Expansion) -> Mapping[str, Deployed]:
    """Give the container app of each service."""
    return {str(each.body["name"]): each for each in of_kind(expansion, "Microsoft.App/containerApps")}


def container(app: Deployed) -> Mapping[str, Any]:
    """Give the one container of an app."""
    containers: Sequence[Mapping[str, Any]] = properties(app)["template"]["containers"]
    return containers[0]


def settings(app: Deployed) -> Mapping[str, str]:
    """Give the environment of a service; of a secret, by which name the app knows it."""
    return {pair["name"]: str(pair.get("value", pair.get("secretRef"))) for pair in container(app)["env"]}


def entity_of(scope: str) -> str:
    """Name what a role is on; a scope that is none of what services reach stays as it is."""
    for pattern, name in _ENTITIES:
        if found := re.search(pattern, scope):
            return name.format(*found.groups())
    return scope or "the resource group"


def _service(assignment: Deployed) -> str:
    found = _IDENTITY.search(str(properties(assignment)["principalId"]))
    return found[1] if found else str(properties(assignment)["principalId"])
