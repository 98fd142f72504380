"""The reference of log lines names the fields that lines have."""

import re
from pathlib import Path

from durable.logs.about import FIELDS

PAGE = (Path(__file__).parents[2] / "docs/reference/logs.md").read_text()


def test_the_reference_lists_every_field_in_its_order() -> None:
    assert tuple(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == FIELDS
