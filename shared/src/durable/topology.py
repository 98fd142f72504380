"""Which queues, topics and containers a deployment has: one file, read by all and created by none of the services."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


@dataclass(frozen=True, slots=True)
class Topology:
    """The entities of a deployment, with what services need to know of them.

    Attributes:
        destinations: names of the queues and topics that can be sent to.
        locks: lock duration of each queue and of each subscription `topic/subscription`.
    """

    destinations: frozenset[str]
    locks: dict[str, timedelta]


def read_topology(text: bytes) -> Topology:
    """Read a topology file.

    Raises:
        ValueError: it is no topology; says what is missing.
    """
    try:
        namespace = orjson.loads(text)["UserConfig"]["Namespaces"][0]
        queues = {queue["Name"]: _lock(queue) for queue in namespace["Queues"]}
        subscriptions = {
            f"{topic['Name']}/{subscription['Name']}": _lock(subscription)
            for topic in namespace["Topics"]
            for subscription in topic.get("Subscriptions", ())
        }
        topics = {topic["Name"] for topic in namespace["Topics"]}
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"expected a topology with UserConfig.Namespaces[0].Queues and .Topics; {type(error).__name__}: {error}"
        ) from error
    return Topology(frozenset({*queues, *topics}), {**queues, **subscriptions})


def packaged_topology(package: str) -> Topology:
    """Read `topology.json` of an installed package, the application's contracts for one."""
    return read_topology((files(package) / "topology.json").read_bytes())


def topology_from(path: str, package: str) -> Topology:
    """Read the file at `path`, or the one that a package brings if the path is empty.

    Raises:
        ValueError: it can't be read or is no topology.
    """
    if not path:
        return packaged_topology(package)
    try:
        return read_topology(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(f"expected a topology file; {error}") from error


def _lock(entity: dict[str, Any]) -> timedelta:
    return read_duration(entity.get("Properties", {}).get("LockDuration", "PT1M"), entity["Name"])


def read_duration(text: str, entity: str) -> timedelta:
    """Read a duration of a topology file; `entity` is whose it is, for the error.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"expected a duration like 'PT30S' in {entity!r}; found {text!r}")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
