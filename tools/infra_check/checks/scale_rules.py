"""Whether scale rules are such as KEDA takes, ask for what the service receives by its identity, and are bounded.

Replicas are of a size that there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra_check.bicep.expansion import Deployed, Expansion
from infra_check.deployment import apps, container, of_kind, properties, rights, settings
from infra_check.findings import Checked, Finding, place
from infra_check.situations import BICEP, situations

# What KEDA's scaler `azure-servicebus` takes, by its published metadata.
_TAKES = frozenset(
    {
        "activationMessageCount",
        "messageCount",
        "namespace",
        "operation",
        "queueName",
        "subscriptionName",
        "topicName",
        "useRegex",
    }
)
_RECEIVER = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"
_REPLICAS_MAX = 1000
# What the consumption profile gives: quarters of a processor, with two GiB of memory for each whole one.
_CPUS = tuple(quarters / 4 for quarters in range(1, 17))
_GIB_OF_A_CPU = 2


def check(root: Path) -> Checked:
    """Look at the scale rules of every app in every situation."""
    found: set[Finding] = set()
    rules = 0
    for expansion in situations(root).values():
        for app in apps(expansion).values():
            scale = properties(app)["template"]["scale"]
            rules += len(scale["rules"])
            told = [*_bounds(app, scale), *(fault for rule in scale["rules"] for fault in _rule(expansion, app, rule))]
            found |= {Finding(place(root, app.file, app.line), f"{app.body['name']}: {fault}") for fault in told}
    return Checked(f"{rules} rules in {len(situations(root))} situations under {BICEP}", sorted(found))


def _bounds(app: Deployed, scale: Mapping[str, Any]) -> Iterator[str]:
    least, most = scale["minReplicas"], scale["maxReplicas"]
    cpu, memory = (container(app)["resources"][name] for name in ("cpu", "memory"))
    if cpu not in _CPUS or float(memory.removesuffix("Gi")) != cpu * _GIB_OF_A_CPU:
        yield f"expected a quarter of a processor to 4, and {_GIB_OF_A_CPU}Gi for each; found {cpu} and {memory}"
    if not 0 <= least <= most <= _REPLICAS_MAX or most < 1:
        yield f"expected 0 <= least <= most <= {_REPLICAS_MAX} replicas; found {least} and {most}"
    partitions = settings(app).get("PARTITION_COUNT")
    if partitions is not None and most > int(partitions):
        yield f"expected at most {partitions} replicas, one for each partition; found {most}"


def _rule(expansion: Expansion, app: Deployed, rule: Mapping[str, Any]) -> Iterator[str]:
    if "http" in rule:
        return
    custom = rule.get("custom", {})
    if custom.get("type") != "azure-servicebus":
        yield f"expected rule {rule['name']!r} of type azure-servicebus; found {custom.get('type')!r}"
        return
    metadata = custom["metadata"]
    if more := sorted(metadata.keys() - _TAKES):
        yield f"expected metadata that KEDA takes in rule {rule['name']!r}; found {', '.join(more)}"
    if texts := sorted(name for name, value in metadata.items() if not isinstance(value, str)):
        yield f"expected texts in the metadata of rule {rule['name']!r}; found other values of {', '.join(texts)}"
    namespaces = {each.body["name"] for each in of_kind(expansion, "Microsoft.ServiceBus/namespaces")}
    if metadata.get("namespace") not in namespaces:
        yield f"expected the name of the namespace in rule {rule['name']!r}; found {metadata.get('namespace')!r}"
    yield from _asked_for(expansion, app, custom)


def _asked_for(expansion: Expansion, app: Deployed, custom: Mapping[str, Any]) -> Iterator[str]:
    metadata = custom["metadata"]
    entity = f"queue {metadata.get('queueName')}"
    if "topicName" in metadata:
        entity = f"subscription {metadata['topicName']}/{metadata.get('subscriptionName')}"
    identity = str(custom.get("identity", ""))
    if identity not in app.body["identity"]["userAssignedIdentities"]:
        yield f"expected a rule that asks by the identity of the app; found {identity or 'none'}"
    # The role holds the rights to read how many messages wait.
    held = {(right.service, right.entity) for right in rights(expansion) if right.role == _RECEIVER}
    if (str(app.body["name"]), entity) not in held:
        yield f"expected a rule that asks for what the service receives; found {entity}"
