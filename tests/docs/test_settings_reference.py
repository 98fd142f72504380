import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/settings.md").read_text()
_ROW = re.compile(r"^\| `([A-Z_]+)` \| ingestor \|", re.MULTILINE)
_BOTH = re.compile(r"^\| `([A-Z_]+)` \| ingestor, orchestrator \|", re.MULTILINE)
_READ = re.compile(r'environment\.(?:text|number|choice)\(\s*"([A-Z_]+)"')


def test_every_setting_of_the_ingestor_stands_in_the_reference_and_no_other() -> None:
    read = set(_READ.findall((ROOT / "services/ingestor/src/ingestor/settings.py").read_text()))

    assert set(_ROW.findall(REFERENCE)) == read - {"OBJECT_STORE_URL"}


def test_every_setting_of_the_entrance_stands_in_the_reference_and_no_other() -> None:
    read = {
        name for path in (ROOT / "shared/src/durable/http").glob("*.py") for name in _READ.findall(path.read_text())
    }

    assert set(_BOTH.findall(REFERENCE)) == read
