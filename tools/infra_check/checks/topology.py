"""Whether what is deployed is what the topology file says, which services and local endpoints read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra_check.bicep.expansion import Expansion
from infra_check.deployment import of_kind, properties
from infra_check.findings import Checked, Finding
from infra_check.situations import BICEP, TOPOLOGY, services, situations

_BUS = "Microsoft.ServiceBus/namespaces"
_COSMOS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases"
Described = Mapping[str, Mapping[str, Any]]


def check(root: Path) -> Checked:
    """Compare entities, containers and rules of every situation with the file, both ways."""
    topology = json.loads((root / TOPOLOGY).read_bytes())
    wanted = {**_entities(topology["UserConfig"]["Namespaces"][0]), **_containers(topology["Cosmos"])}
    found = {finding for each in situations(root).values() for finding in _differences(wanted, _deployed(each))}
    found |= set(_without_default_rule(topology["UserConfig"]["Namespaces"][0]))
    found |= set(_queues_of_others(root, wanted))
    return Checked(f"{len(wanted)} queues, topics, subscriptions, rules and containers of {TOPOLOGY}", sorted(found))


def _entities(namespace: Mapping[str, Any]) -> Described:
    found = {f"queues/{queue['Name']}": _camel(queue["Properties"]) for queue in namespace["Queues"]}
    for topic in namespace["Topics"]:
        found[f"topics/{topic['Name']}"] = _camel(topic["Properties"])
        for subscription in topic["Subscriptions"]:
            path = f"topics/{topic['Name']}/subscriptions/{subscription['Name']}"
            found[path] = _camel(subscription["Properties"])
            found |= {f"{path}/rules/{rule['Name']}": {} for rule in subscription.get("Rules", ())}
    return found


def _containers(cosmos: Mapping[str, Any]) -> Described:
    found: dict[str, Mapping[str, Any]] = {}
    for database in cosmos["Databases"]:
        found[f"sqlDatabases/{database['Name']}"] = {}
        for container in database["Containers"]:
            path = f"sqlDatabases/{database['Name']}/containers/{container['Name']}"
            found[path] = _camel({key: value for key, value in container.items() if key != "Name"})
    return found


def _camel(described: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in described.items()}


def _deployed(expansion: Expansion) -> Described:
    found: dict[str, Mapping[str, Any]] = {}
    for kind in ("queues", "topics", "topics/subscriptions", "topics/subscriptions/rules"):
        for each in of_kind(expansion, f"{_BUS}/{kind}"):
            found[each.id.split("/", 3)[3]] = properties(each)
    for kind in (_COSMOS, f"{_COSMOS}/containers"):
        for each in of_kind(expansion, kind):
            found[each.id.split("/", 3)[3]] = properties(each)["resource"]
    return found


def _differences(wanted: Described, deployed: Described) -> Iterator[Finding]:
    for path in sorted(wanted.keys() - deployed.keys()):
        yield Finding(f"{TOPOLOGY}:1", f"expected {path} to be deployed; found it in the topology only")
    for path in sorted(deployed.keys() - wanted.keys()):
        yield Finding(f"{TOPOLOGY}:1", f"expected {path} in the topology; found it deployed only")
    for path in sorted(wanted.keys() & deployed.keys()):
        for name, value in wanted[path].items():
            if deployed[path].get(name) != value:
                told = f"expected {name} of {path} to be {value!r:.80}; deployed is {deployed[path].get(name)!r:.80}"
                yield Finding(f"{TOPOLOGY}:1", told)


def _without_default_rule(namespace: Mapping[str, Any]) -> Iterator[Finding]:
    for topic in namespace["Topics"]:
        for subscription in topic["Subscriptions"]:
            names = [rule["Name"] for rule in subscription.get("Rules", ())]
            if names and "$Default" not in names:
                told = (
                    f"expected a rule '$Default' of {topic['Name']}/{subscription['Name']}, as Azure adds one otherwise"
                )
                yield Finding(f"{TOPOLOGY}:1", f"{told} that lets everything in; found {', '.join(names)}")


def _queues_of_others(root: Path, wanted: Described) -> Iterator[Finding]:
    queues = {path.removeprefix("queues/commands.") for path in wanted if path.startswith("queues/commands.")}
    workers = set(services(root)) - {"ingestor", "orchestrator"}
    for name in sorted(queues ^ workers):
        told = f"expected a worker and a queue for {name!r}; found only the {'queue' if name in queues else 'worker'}"
        yield Finding(f"{BICEP / 'workers.json'}:1", told)
