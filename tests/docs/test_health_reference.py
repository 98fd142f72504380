"""The reference of health names the parts that services have."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/health.md").read_text()
_TOLD = re.compile(r'(?:not_ready|\.ask|Health)\(\s*(?:"([a-z ]+)"|([A-Z]+)\b)')
_NAMED = re.compile(r'^(PART|RECEIVING|SENDING|ROUTING) = "([a-z ]+)"$', re.MULTILINE)


def test_every_part_that_can_be_not_ready_stands_in_the_reference_and_no_other() -> None:
    sources = [*ROOT.glob("shared/src/durable/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    text = "\n".join(path.read_text() for path in sources)
    names = dict(_NAMED.findall(text))
    told = {literal or names[name] for literal, name in _TOLD.findall(text) if literal or name in names}

    assert set(re.findall(r"^\| [a-z, ]+ \| `([a-z ]+)` \|", PAGE, re.MULTILINE)) == told
