"""The samples: which files to send in which way, and what should become of each sending.

`expected.json` beside the files holds three lists:

1. `documents`: each uploaded by itself, which starts any number of sagas (or is refused with an HTTP status);
2. `rows`: each a set of files that are stored first and then named in one event;
3. `events`: each an event of any type, with files that are stored first. In its data `{"$object": FILE}` stands for the
   object that holds a file, `{"$folder": FILE}` for its folder, `{"$document": FILE}` for what the ingestor says of it.

`invoices/expected.json`, if it is there, holds documents that are invoices, and what is to be read out of each.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TENANT = "6f1c0a3e-4a57-4c0e-9d55-0d6f0c2b7a11"


@dataclass(frozen=True, slots=True)
class Sending:
    """Files that go together, and the status in which each saga that they start should end.

    Attributes:
        event_type: of the event that names the files; None if the ingestor publishes one for a file by itself.
        refusal: HTTP status with which the ingestor should refuse them; None if it should take them.
        data: of the event, with places to be filled in.
        name: what a person calls it; the names of its files if empty.
        past_ingestor: whether another publisher puts the event on the topic, so that nobody looks at its data before.
        after_others: whether it is sent once all others have ended, because it is about what they write.
        content: what the first JSON file of the outputs should hold, at least; None if nobody looks.
    """

    files: tuple[Path, ...]
    sagas: Mapping[str, str]
    event_type: str | None = None
    media_type: str | None = None
    refusal: int | None = None
    data: object = None
    name: str = ""
    past_ingestor: bool = False
    after_others: bool = False
    content: Mapping[str, object] | None = None

    @property
    def title(self) -> str:
        """What a person calls this sending."""
        if self.name:
            return self.name
        first, *others = (file.name for file in self.files)
        return f"{first} and {len(others)} more" if others else first


def read_samples(folder: Path) -> tuple[Sending, ...]:
    """Read the samples of a folder, in the order of its `expected.json`."""
    table = json.loads((folder / "expected.json").read_text())
    files = folder / "files"
    return (
        *(_document(files, entry) for entry in table["documents"]),
        *(_rows(files, entry) for entry in table["rows"]),
        *(_event(files, entry) for entry in table.get("events", ())),
        *_invoices(folder / "invoices"),
    )


def _document(files: Path, entry: Mapping[str, Any]) -> Sending:
    return Sending(
        files=(files / entry["file"],),
        sagas=entry.get("sagas", {}),
        media_type=entry["media_type"],
        refusal=entry.get("refused"),
    )


def _rows(files: Path, entry: Mapping[str, Any]) -> Sending:
    return Sending(
        files=tuple(files / name for name in entry["files"]),
        sagas={entry["saga"]: entry["status"]},
        event_type="rows.received",
        data={"objects": [{"$object": name} for name in entry["files"]]},
    )


def _event(files: Path, entry: Mapping[str, Any]) -> Sending:
    return Sending(
        files=tuple(files / name for name in entry.get("files", ())),
        sagas={entry["saga"]: entry["status"]} if "saga" in entry else {},
        event_type=entry["type"],
        refusal=entry.get("refused"),
        data=entry["data"],
        name=entry["name"],
        past_ingestor=entry.get("past_ingestor", False),
        after_others=entry.get("after_others", False),
    )


def _invoices(folder: Path) -> Iterator[Sending]:
    if not (folder / "expected.json").is_file():
        return
    for entry in json.loads((folder / "expected.json").read_text())["invoices"]:
        invoice = entry.get("invoice")
        yield Sending(
            files=(folder / entry["file"],),
            sagas={"invoice-data-extraction": "Compensated" if invoice is None else "Completed"},
            event_type="invoice.received",
            data=invoice_data(entry["file"], entry["media_type"]),
            content=None if invoice is None else {"invoice": invoice},
        )


def invoice_data(file: str, media_type: str) -> Mapping[str, object]:
    """Give the data of the event about an invoice in a file."""
    return {"tenant_id": TENANT, "source": {"name": {"$object": file}}, "media_type": media_type}
