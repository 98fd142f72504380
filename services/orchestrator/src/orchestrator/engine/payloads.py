"""JSON data from outside as values of the types that authors declared, and back.

1. Types, validators and serialisers are their authors' code: whatever they raise comes out as one of two errors.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic.errors import PydanticUserError

from durable.payload import Reason, decode_payload, encode_payload, reasons_of


class Misfit(ValueError):
    """Data does not fit its declared type; `reasons` lists why, as (location, message)."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{where}: {what}" for where, what in reasons))


def read_payload(data: object, type_: Any) -> Any:
    """Turn JSON data into a value of a type.

    Raises:
        Misfit: it does not fit, or a validator of the type broke on it.
    """
    try:
        return decode_payload(data, type_)
    except ValidationError as error:
        raise Misfit(reasons_of(error)) from error
    except Exception as error:  # A validator may raise anything.
        raise Misfit((("(whole)", f"{type(error).__name__}: {error}"),)) from error


def write_payload(value: object, type_: Any) -> Any:
    """Turn a value of a type into JSON data.

    Raises:
        TypeError: the value is not of the type, or one of them can't be written as JSON.
        PayloadTooLarge: it is larger than a message may carry.
    """
    try:
        return encode_payload(value, type_)
    except PydanticUserError as error:
        raise TypeError(f"expected a type that can be written as JSON; found {type_!r}: {error}") from error
