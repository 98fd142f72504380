"""Files of JSON lines and invoices, put where the stack keeps its objects before anything is measured."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scaling.cells import FAN_OUTS
from samples.generate_invoices import SAMPLES
from samples.row_files import write_json_lines

ROWS_IN_A_FILE = 1_000
FOLDER = "scale"


class LaidOut:
    """As many different files as the widest run wants, and one invoice of each layout."""

    def __init__(self, objects: Path) -> None:
        folder = objects / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [f"{FOLDER}/{number:03d}.jsonl" for number in range(1, max(FAN_OUTS) + 1)]
        for number, name in enumerate(self._files):
            write_json_lines(objects / name, ROWS_IN_A_FILE, first=1 + number * ROWS_IN_A_FILE)
        self._invoices = [(f"{FOLDER}/{name}", one.media_type) for name, one in SAMPLES.items() if not one.reasons]
        for name, _ in self._invoices:
            (objects / name).write_bytes(SAMPLES[Path(name).name].content())

    def files(self, count: int) -> list[str]:
        """Give the first so many files."""
        return self._files[:count]

    def invoice(self, number: int) -> tuple[str, str]:
        """Give one layout after the other."""
        return self._invoices[number % len(self._invoices)]
