"""Application values as JSON data and back: the inputs and results of sagas, activities and events.

1. A payload inside an event or a message is plain JSON data; its type is known to the code on both sides, never
   written beside it.
2. What JSON can't hold is refused where it is made, with the place in the value: nothing turns into null on the way.
3. A payload larger than `PAYLOAD_BYTES_MAX` is refused there too. One larger than `PAYLOAD_INLINE_BYTES_MAX` travels as
   an object (`durable.vault`), which is nothing that the code of a saga or a handler sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper, may_be_deeper
from durable.errors import PayloadTooLarge
from durable.payload_types import payload_type

T = TypeVar("T")

PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
PAYLOAD_INLINE_BYTES_MAX = 64 * 1024
Reason = tuple[str, str]
# What JSON data is by itself, and pydantic gives back as it is.
_PLAIN: frozenset[Any] = frozenset({str, int, bool})


def encode_payload(value: object, type_: Any) -> Any:
    """Turn a value of the declared type into JSON data.

    Raises:
        TypeError: the value is not of the type, or does not serialise.
        PayloadTooLarge: it is larger than a payload may be.
    """
    if type_ is None or type_ is type(None):
        return None
    if type(value) is type_ and type_ in _PLAIN:
        check_size(value, _name(type_))
        return value
    if isinstance(type_, type) and issubclass(type_, BaseModel) and not isinstance(value, type_):
        value = _of_generic(value, type_)
    prepared = payload_type(type_)
    try:
        if prepared.check is not None:
            prepared.check.validate_python(value)
        data = prepared.serializer.to_python(value, mode="json", warnings="error")
    except (ValueError, RecursionError) as error:  # Pydantic's errors are ValueErrors; so is a cycle.
        raise TypeError(
            f"expected a value of {_name(type_)} that serialises to JSON; "
            f"found {_shown(value)}: {_why(value, type_, error)}"
        ) from error
    check_size(data, _name(type_))
    return data


def check_size(data: object, what: str) -> None:
    """Refuse JSON data that no record could hold.

    Raises:
        PayloadTooLarge: it is larger than `PAYLOAD_BYTES_MAX`, or nested deeper than `PAYLOAD_DEPTH_MAX`.
        TypeError: JSON can't hold it: a number that is none or too large, or text that is no Unicode.
    """
    try:
        written = orjson.dumps(data)
    except TypeError as error:
        _check_depth(data, what)
        raise TypeError(f"expected {what} that JSON can hold; found {_unwritable(data) or error}") from error
    if may_be_deeper(written, PAYLOAD_DEPTH_MAX):
        _check_depth(data, what)
    # NaN and infinity are written as null, and so come back as something else.
    if b"null" in written and orjson.loads(written) != data and (fault := _unwritable(data)):
        raise TypeError(f"expected {what} that JSON can hold; found {fault}")
    if len(written) > PAYLOAD_BYTES_MAX:
        raise PayloadTooLarge(
            f"expected {what} of at most {PAYLOAD_BYTES_MAX} bytes as JSON; found {len(written)}. "
            "Put it into the object store and pass its name"
        )


def _check_depth(data: object, what: str) -> None:
    if is_deeper(data, PAYLOAD_DEPTH_MAX):
        raise PayloadTooLarge(f"expected {what} nested at most {PAYLOAD_DEPTH_MAX} levels deep; found more")


def decode_payload(data: object, type_: Any) -> Any:
    """Turn JSON data into a value of the declared type.

    Raises:
        pydantic.ValidationError: it does not fit; `reasons_of` lists why.
    """
    if type_ is None or type_ is type(None):
        return None
    return payload_type(type_).validator.validate_json(orjson.dumps(data))


def reasons_of(error: ValidationError) -> tuple[Reason, ...]:
    """List each fault as (location, message), location being a dotted path."""
    return tuple(
        (".".join(map(str, fault["loc"])) or "(whole)", fault["msg"]) for fault in error.errors(include_url=False)
    )


def _of_generic(value: object, type_: type[BaseModel]) -> object:
    """Give a bare `Page(...)` as the `Page[Invoice]` that a type checker takes it for.

    Of any other class pydantic would write what the two have in common, down to nothing at all.
    """
    origin = type_.__pydantic_generic_metadata__["origin"]
    if origin is None or type(value) is not origin:
        raise TypeError(f"expected a {_name(type_)}; found a {_name(type(value))}: {_shown(value)}")
    try:
        return type_.model_validate(value, from_attributes=True)
    except ValidationError as error:
        raise TypeError(f"expected a {_name(type_)}; found {_shown(value)}: {_told(error)}") from error


def _why(value: object, type_: Any, error: Exception) -> str:
    """Say where a value does not fit, if its type can tell better than the serialiser could."""
    if isinstance(error, ValidationError):
        return _told(error)
    try:
        payload_type(type_).validator.validate_python(value)
    except ValidationError as misfit:
        return _told(misfit)
    except Exception:  # A validator is its author's code and may raise anything.
        return str(error)
    return str(error)


def _told(error: ValidationError) -> str:
    return "; ".join(f"{where}: {what}" for where, what in reasons_of(error))


def _unwritable(data: object) -> str | None:
    """Tell the first thing that JSON can't hold, and where it is."""
    return next(_faults(data, ""), None)


def _faults(data: object, path: str) -> Iterator[str]:
    if isinstance(data, dict):
        for key, inner in data.items():
            yield from _faults(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list):
        for index, inner in enumerate(data):
            yield from _faults(inner, f"{path}.{index}" if path else str(index))
    elif isinstance(data, float) and not math.isfinite(data):
        yield f"{data} at {path or '(whole)'}"
    elif isinstance(data, int) and not -(2**63) <= data < 2**64:
        yield f"a number of {data.bit_length()} bits at {path or '(whole)'}; write it as text"
    elif isinstance(data, str) and not _is_unicode(data):
        yield f"a lone surrogate in the text at {path or '(whole)'}"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(type_: Any) -> str:
    return type_.__qualname__ if isinstance(type_, type) else str(type_)


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except Exception as fault:  # Its `__repr__` is its author's code and may raise anything.
        return f"a {_name(type(value))} whose __repr__ raised {type(fault).__name__}"
