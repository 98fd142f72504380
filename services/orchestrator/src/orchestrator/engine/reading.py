"""JSON data from outside as values of the types that authors declared."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from durable.payload import Reason, decode_payload, reasons_of


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
    except Exception as error:  # A validator is its author's code and may raise anything.
        raise Misfit((("(whole)", f"{type(error).__name__}: {error}"),)) from error
