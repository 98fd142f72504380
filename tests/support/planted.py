"""A copy of what deploys the services, to plant faults in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra_check.findings import Checked

ROOT = Path(__file__).resolve().parents[2]
_COPIED = (
    *("infra", "azure.yaml", "docs/reference/settings.md", "shared/src/contracts/topology.json"),
    *("docker-compose.yml", "docker-compose.azure.yml", "azure.env.example", "emulators/Dockerfile"),
    *(str(path.relative_to(ROOT)) for path in (ROOT / "services").rglob("Dockerfile")),
)
MAIN = "infra/bicep/main.bicep"


@dataclass(frozen=True, slots=True)
class Planted:
    """A project in which a file may be changed."""

    root: Path

    def change(self, file: str, old: str, new: str) -> None:
        """Put one text in the place of another, which must be there."""
        path = self.root / file
        before = path.read_text()
        assert old in before, f"{file} holds no {old!r}"
        path.write_text(before.replace(old, new, 1))

    def add(self, file: str, text: str) -> None:
        """Write at the end of a file, which need not be there yet."""
        path = self.root / file
        path.write_text((path.read_text() if path.exists() else "") + text)

    def line(self, file: str, text: str) -> str:
        """Say where the first line with a text is, as findings do."""
        lines = (self.root / file).read_text().splitlines()
        return f"{file}:{next(number for number, line in enumerate(lines, start=1) if text in line)}"

    def told(self, check: Callable[[Path], Checked]) -> list[str]:
        """Give what a check finds."""
        return [str(finding) for finding in check(self.root).findings]


def planted_in(folder: Path) -> Planted:
    """Copy what the checks look at."""
    for name in _COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return Planted(folder)
