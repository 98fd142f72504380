"""Application values as JSON data and back: the inputs and results of sagas, activities and events.

1. A payload inside an event or a message is plain JSON data; its type is known to the code on both sides, never
   written beside it.
2. A payload larger than `PAYLOAD_BYTES_MAX` is refused where it is made, so that no message is too large later.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper
from durable.errors import PayloadTooLarge

T = TypeVar("T")

PAYLOAD_BYTES_MAX = 240 * 1024
Reason = tuple[str, str]


@lru_cache(maxsize=1024)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def encode_payload(value: object, type_: Any) -> Any:
    """Turn a value of the declared type into JSON data.

    Raises:
        TypeError: the value is not of the type, or does not serialise.
        PayloadTooLarge: it is larger than a message may carry.
    """
    if type_ is None or type_ is type(None):
        return None
    if isinstance(type_, type) and issubclass(type_, BaseModel) and not isinstance(value, type_):
        # Pydantic would write what the two types have in common, down to nothing at all.
        raise TypeError(f"expected a {_name(type_)}; found a {_name(type(value))}: {_shown(value)}")
    try:
        with warnings.catch_warnings():
            data = _adapter(type_).dump_python(value, mode="json", warnings="error")
    except (ValueError, RecursionError) as error:  # A PydanticSerializationError is a ValueError; so is a cycle.
        raise TypeError(
            f"expected a value of {_name(type_)} that serialises to JSON; found {_shown(value)}: {error}"
        ) from error
    check_size(data, _name(type_))
    return data


def check_size(data: object, what: str) -> None:
    """Refuse JSON data that no message could carry.

    Raises:
        PayloadTooLarge: it is larger than `PAYLOAD_BYTES_MAX`, or nested deeper than `PAYLOAD_DEPTH_MAX`.
    """
    if is_deeper(data, PAYLOAD_DEPTH_MAX):
        raise PayloadTooLarge(f"expected {what} nested at most {PAYLOAD_DEPTH_MAX} levels deep; found more")
    size = len(orjson.dumps(data))
    if size > PAYLOAD_BYTES_MAX:
        raise PayloadTooLarge(
            f"expected {what} of at most {PAYLOAD_BYTES_MAX} bytes as JSON; found {size}. "
            "Put it into the object store and pass its name"
        )


def decode_payload(data: object, type_: Any) -> Any:
    """Turn JSON data into a value of the declared type.

    Raises:
        pydantic.ValidationError: it does not fit; `reasons_of` lists why.
    """
    if type_ is None or type_ is type(None):
        return None
    return _adapter(type_).validate_json(orjson.dumps(data))


def reasons_of(error: ValidationError) -> tuple[Reason, ...]:
    """List each fault as (location, message), location being a dotted path."""
    return tuple(
        (".".join(map(str, fault["loc"])) or "(whole)", fault["msg"]) for fault in error.errors(include_url=False)
    )


def _name(type_: Any) -> str:
    return getattr(type_, "__qualname__", None) or str(type_)


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except Exception as fault:  # Its `__repr__` is its author's code and may raise anything.
        return f"a {_name(type(value))} whose __repr__ raised {type(fault).__name__}"
