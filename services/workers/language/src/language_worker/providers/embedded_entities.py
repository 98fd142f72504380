"""Entities by patterns: what has a form of its own. Names of people and places have none, so none are found.

1. Types are those of Azure AI Language, and no two entities overlap: the pattern further up has the first word.
2. The confidence of a pattern is what it is worth, not a measure of the one find.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.language import Entity

ENTITIES_MAX = 500
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_CURRENCY = r"(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|[$€£¥])"
_AMOUNT = r"\d{1,15}(?:[.,' ]\d{3}){0,5}(?:[.,]\d{1,2})?"
_COMPANY = (
    r"(?:Ltd|Limited|Inc|Incorporated|LLC|LLP|PLC|Corp|Corporation|GmbH|AG|KG|SE|S\.A|SA|B\.V|BV|N\.V|NV|Oy|AB|A/S)"
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    type: str
    confidence: float
    form: re.Pattern[str]


_PATTERNS = (
    _Pattern("Email", 1.0, re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b")),
    _Pattern("URL", 1.0, re.compile(r"\bhttps?://[^\s<>\"')\]]{1,500}[^\s<>\"')\].,;:!?]", re.IGNORECASE)),
    _Pattern(
        "IPAddress", 0.9, re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b(?!\.\d)")
    ),
    _Pattern(
        "DateTime",
        0.9,
        re.compile(
            rf"\b\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?\b"
            rf"|\b\d{{1,2}}\.? {_MONTH}(?:,? \d{{4}})?(?!\w)|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
            rf"|\b{_MONTH} \d{{4}}\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}\b|\b\d{{1,2}}:\d\d(?: ?[ap]m)?\b"
        ),
    ),
    _Pattern(
        "Quantity",
        0.9,
        re.compile(rf"(?<!\w){_CURRENCY} ?{_AMOUNT}\b|\b{_AMOUNT} ?{_CURRENCY}(?!\w)|\b\d{{1,3}}(?:[.,]\d{{1,3}})? ?%"),
    ),
    _Pattern("PhoneNumber", 0.8, re.compile(r"(?<![\w+])\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,5}\b")),
    _Pattern(
        "Organization",
        0.8,
        re.compile(rf"\b[A-Z][\w&-]{{0,40}}(?: (?:& )?[A-Z][\w&-]{{0,40}}){{0,4}},? {_COMPANY}\b\.?"),
    ),
)


def entities_of(text: str) -> list[Entity]:
    """Find entities in the order of the text, `ENTITIES_MAX` at most."""
    found: list[Entity] = []
    taken = bytearray(len(text))
    for pattern in _PATTERNS:
        for match in pattern.form.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(
                    Entity(
                        text=match[0],
                        type=pattern.type,
                        offset=start,
                        length=end - start,
                        confidence=pattern.confidence,
                    )
                )
    return sorted(found, key=lambda entity: entity.offset)[:ENTITIES_MAX]
