"""What should become of the sample files: which sagas each one starts, and how they end."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Expected:
    """One saga that a file should start, and the status that it should end with."""

    file: str
    saga: str
    status: str


def read_expected(path: Path) -> tuple[Expected, ...]:
    """Read a file of the form `{file: {saga: status}}`, in its order."""
    table: dict[str, dict[str, str]] = json.loads(path.read_text())
    return tuple(Expected(file, saga, status) for file, sagas in table.items() for saga, status in sagas.items())
