"""What a case needs of an account: containers, by the options with which the SDK makes them.

1. Most cases share one container: what a case does in its own partition, no other case sees.
2. A case that looks at a whole container, or needs another kind, has one of its own.
"""

from dataclasses import dataclass, field
from typing import Any

from azure.cosmos import PartitionKey

_INDEXING: dict[str, Any] = {
    "indexingMode": "consistent",
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": "/unindexed/?"}],
    "compositeIndexes": [[{"path": "/rank", "order": "ascending"}, {"path": "/name", "order": "descending"}]],
}


@dataclass(frozen=True, eq=False)
class Needed:
    """A container; `is_shared` if other cases may use it at the same time."""

    options: dict[str, Any] = field(default_factory=dict)
    is_shared: bool = False


SHARED = Needed({"partition_key": PartitionKey("/pk"), "default_ttl": -1, "indexing_policy": _INDEXING}, is_shared=True)
"""Partitioned by `/pk`, with time to live switched on, and an index over rank and name."""


def container(*paths: str, **options: Any) -> Needed:
    """Need a container of one's own, partitioned by `/pk` or by the given paths."""
    key = PartitionKey(list(paths), kind="MultiHash") if len(paths) > 1 else PartitionKey(paths[0] if paths else "/pk")
    return Needed({"partition_key": key, "indexing_policy": _INDEXING, **options})
