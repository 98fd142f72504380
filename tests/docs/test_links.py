import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
# A file that the page shows itself is one of the reader's.
SHOWN = re.compile(r"^\*\*`([^`]+)`\*\*$", re.MULTILINE)
PLACE = re.compile(r"`((?:docs|tests|shared|services|emulators|samples|tools|benchmarks)/[\w./-]+)`")


def pages() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.split()


@pytest.mark.parametrize("page", pages())
def test_a_page_links_only_to_what_is_there(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text())

    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", pages())
def test_a_page_names_only_files_and_folders_that_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    places = {*PLACE.findall(text)} - {*SHOWN.findall(text)}

    assert [name for name in places if not any((at / name).exists() for at in (ROOT, (ROOT / page).parent))] == []
