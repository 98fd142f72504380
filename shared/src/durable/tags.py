"""Tags as JSON data and back: text, number, bool, and points in time, which stand as `{"datetime": …}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from durable.codec import encode_time

KEY_CHARACTERS_MAX = 128
TEXT_CHARACTERS_MAX = 1024
TAGS_MAX = 32
_WHEN = "datetime"


def tags_data(tags: Mapping[str, object]) -> dict[str, object]:
    """Turn tags into JSON data; `None` stays, to remove a tag.

    Raises:
        TypeError: a name is no text, or a value no text, number, bool or datetime with a time zone.
        ValueError: a name or a text is too long, a number is none of JSON's, or there are too many.
    """
    if len(tags) > TAGS_MAX:
        raise ValueError(f"expected at most {TAGS_MAX} tags; found {len(tags)}")
    return {_checked_name(name): _tag_data(name, value) for name, value in tags.items()}


def read_tags(data: Mapping[str, object]) -> dict[str, Any]:
    """Turn JSON data into tags.

    Raises:
        TypeError, ValueError: it is no data of tags.
    """
    return {name: _read_tag(name, value) for name, value in data.items()}


def merged(tags: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Give the tags after changes, of which `None` removes one."""
    return {name: value for name, value in {**tags, **changes}.items() if value is not None}


def _read_tag(name: str, value: object) -> object:
    if not isinstance(value, dict):
        return value
    when = value.get(_WHEN)
    if list(value) != [_WHEN] or not isinstance(when, str):
        raise TypeError(f'expected tag {name!r} as text, number, bool or {{"{_WHEN}": …}}; found {value!r:.200}')
    return datetime.fromisoformat(when)


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= KEY_CHARACTERS_MAX:
        raise TypeError(
            f"expected the name of a tag as text of 1 to {KEY_CHARACTERS_MAX} characters; found {name!r:.200}"
        )
    return name


def _tag_data(name: str, value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"expected tag {name!r} with a time zone, such as `ctx.now`; found {value!r} without one")
        return {_WHEN: encode_time(value)}
    if isinstance(value, str) and len(value) > TEXT_CHARACTERS_MAX:
        raise ValueError(f"expected tag {name!r} of at most {TEXT_CHARACTERS_MAX} characters; found {len(value)}")
    if isinstance(value, int | float) and not isfinite(value):
        raise ValueError(f"expected tag {name!r} as a number that JSON has; found {value!r}")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"expected tag {name!r} as text, number, bool or datetime; found {value!r:.200}")
