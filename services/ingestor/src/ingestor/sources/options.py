"""What the sources are told by settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StorageQueueOptions:
    """Which queue is read: its URL, the key of a local one, and how often a message may be delivered."""

    url: str
    key: str = ""
    deliveries_max: int = 5
    visibility: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class EventHubOptions:
    """Which hub is read: its namespace by identity, or a local one by connection string."""

    name: str
    namespace: str = ""
    connection_string: str = ""
    consumer_group: str = "$Default"


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Which folder is watched, and how often it is looked at."""

    folder: Path
    pause: timedelta = timedelta(seconds=1)
    file_bytes_max: int = 100 * 1024 * 1024
