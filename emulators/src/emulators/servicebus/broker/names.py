"""What an entity may be called, by whichever way it is made: a file, an option or the administration client."""

import re

ENTITY_NAME_MAX = 260
PART_NAME_MAX = 50
ALLOWED = "letters, numbers, periods (.), hyphens (-), and underscores (_)"

_ENTITY_NAME = re.compile(r"[A-Za-z0-9](?:[\w.\-/]*[A-Za-z0-9_])?", re.ASCII)
_PART_NAME = re.compile(r"[A-Za-z0-9](?:[\w.\-]*[A-Za-z0-9_])?", re.ASCII)


def can_be_entity(name: str) -> bool:
    """Whether these are characters for a queue or topic; slashes may divide it."""
    return _ENTITY_NAME.fullmatch(name) is not None and "//" not in name


def can_be_part(name: str) -> bool:
    """Whether these are characters for a subscription or rule."""
    return _PART_NAME.fullmatch(name) is not None


def entity_complaint(name: str) -> str:
    """Why a queue or topic can't be called that; empty if it can."""
    return _complaint(name, ENTITY_NAME_MAX, f"{ALLOWED}, divided by slashes", allowed=can_be_entity(name))


def part_complaint(name: str) -> str:
    """Why a subscription or rule can't be called that; empty if it can."""
    return _complaint(name, PART_NAME_MAX, ALLOWED, allowed=can_be_part(name))


def _complaint(name: str, longest: int, characters: str, *, allowed: bool) -> str:
    if len(name) > longest:
        return f"it has {len(name)} characters, at most {longest}"
    return "" if allowed else f"{characters} were expected, with a letter or number first and no . - / at the end"
