"""What a client may set of a container, and what is refused.

1. What this endpoint can't do is refused when the container is made, not kept and ignored: vectors, full text, computed
   properties, the change feed of all versions.
2. What has no effect on items here (analytical store, resolution of conflicts) is kept and given back.
"""

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.indexing import check_policy
from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.partition import PartitionKeyDefinition

OFFER = "_offer"
"""The property under which the throughput of a container is stored."""

_OWNED = (OFFER, "_rid", "_self", "_etag", "_ts", "_docs", "_sprocs", "_triggers", "_udfs", "_conflicts", "statistics")
_FIXED = ("partitionKey", "uniqueKeyPolicy", "conflictResolutionPolicy")
_LEVELS_MAX = 3
_UNIQUE_KEYS_MAX = 10
_UNIQUE_PATHS_MAX = 16
_REFUSED = {
    "vectorEmbeddingPolicy": "vector search",
    "fullTextPolicy": "full-text search",
    "computedProperties": "computed properties",
    "changeFeedPolicy": "the change feed of all versions and deletes",
    "materializedViewDefinition": "global secondary indexes",
    "clientEncryptionPolicy": "client-side encryption",
}


def settings_of(properties: JsonObject) -> JsonObject:
    """Return what a client may set of a container, with the defaults of the partition key that clients rely on."""
    settings = {name: value for name, value in properties.items() if name not in _OWNED}
    key = settings.get("partitionKey")
    if isinstance(key, dict):
        settings["partitionKey"] = {"kind": "Hash", "version": 2, **key}
    return settings


def check_settings(settings: JsonObject) -> None:
    """Refuse what the service or this endpoint refuses."""
    for name, feature in _REFUSED.items():
        if settings.get(name):
            raise CosmosError(400, f"The property '{name}' is refused: this local endpoint has no {feature}.")
    _check_key(PartitionKeyDefinition.of(settings.get("partitionKey")))
    default_ttl(settings.get("defaultTtl"))
    policy = settings.get("indexingPolicy")
    if policy is not None:
        check_policy(policy)
    found = unique_keys(settings.get("uniqueKeyPolicy"))
    if len(found) > _UNIQUE_KEYS_MAX or any(len(paths) > _UNIQUE_PATHS_MAX for paths in found):
        raise CosmosError(
            400, f"A container has at most {_UNIQUE_KEYS_MAX} unique keys with at most {_UNIQUE_PATHS_MAX} paths each."
        )


def check_change(present: JsonObject, wanted: JsonObject) -> None:
    """Refuse a change of what is fixed for the life of a container."""
    for fixed in _FIXED:
        if wanted.get(fixed, present.get(fixed)) != present.get(fixed):
            raise CosmosError(400, f"The property '{fixed}' of container '{present['id']}' cannot be changed.")


def default_ttl(value: JsonValue) -> int | None:
    """Return how many seconds the items of a container live; -1 for ever unless they say so, None for ever."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value == 0 or not -1 <= value < 2**31:
        raise CosmosError(400, f"The container's defaultTtl is {value!r}: expected -1 or a positive number of seconds.")
    return value


def unique_keys(policy: JsonValue) -> tuple[tuple[str, ...], ...]:
    """Return the paths of each unique key."""
    keys = policy.get("uniqueKeys") if isinstance(policy, dict) else None
    found = []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and isinstance(key.get("paths"), list):
            found.append(tuple(str(path) for path in key["paths"]))  # type: ignore[union-attr]  # A list, see above.
    return tuple(found)


def _check_key(key: PartitionKeyDefinition) -> None:
    most = {"Hash": 1, "MultiHash": _LEVELS_MAX}.get(key.kind)
    if most is None or not 1 <= len(key.paths) <= most:
        raise CosmosError(
            400,
            f"The partition key has kind '{key.kind}' and paths {list(key.paths)}: expected one path with kind Hash, "
            f"or up to {_LEVELS_MAX} with kind MultiHash.",
        )
    for path in key.paths:
        if not path.startswith("/") or not path.strip("/") or path.endswith("/"):
            raise CosmosError(400, f"The partition key path '{path}' is invalid: expected one such as '/customer/id'.")
