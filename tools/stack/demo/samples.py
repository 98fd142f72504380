"""The samples: which files to send in which way, and what should become of each sending.

`expected.json` beside the files holds `documents`, each uploaded by itself and starting any number of sagas (or refused
with an HTTP status), and `rows`, each a set of files that are stored first and then named in one event.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sending:
    """Files that go together, and the status in which each saga that they start should end.

    Attributes:
        event_type: of the event that names the files; None if the ingestor publishes one for a file by itself.
        refusal: HTTP status with which the ingestor should refuse them; None if it should take them.
    """

    files: tuple[Path, ...]
    sagas: Mapping[str, str]
    event_type: str | None = None
    media_type: str | None = None
    refusal: int | None = None

    @property
    def title(self) -> str:
        """What a person calls this sending."""
        first, *others = (file.name for file in self.files)
        return f"{first} and {len(others)} more" if others else first


def read_samples(folder: Path) -> tuple[Sending, ...]:
    """Read the samples of a folder, in the order of its `expected.json`."""
    table = json.loads((folder / "expected.json").read_text())
    files = folder / "files"
    documents = (
        Sending(
            files=(files / entry["file"],),
            sagas=entry.get("sagas", {}),
            media_type=entry["media_type"],
            refusal=entry.get("refused"),
        )
        for entry in table["documents"]
    )
    rows = (
        Sending(
            files=tuple(files / name for name in entry["files"]),
            sagas={entry["saga"]: entry["status"]},
            event_type="rows.received",
        )
        for entry in table["rows"]
    )
    return (*documents, *rows)
