"""Payloads: plain Python values as bytes, and back.

1. Pickle is the fastest encoder that the standard library has for tuples of numbers, texts and bytes.
2. Reading is limited to such values: a file that names any other class or function is refused.
3. What is a subclass of them (an enum, a symbol of AMQP) is written as the plain value, so that all can be read again.
"""

import pickle
from io import BytesIO
from typing import Any

_PROTOCOL = 5
_PLAIN = (int, str, bytes, float)
_BY_NAME = {("builtins", each.__name__): each for each in _PLAIN}


class _Writer(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        """Called for whatever is not exactly one of the plain types."""
        if isinstance(value, type):
            return NotImplemented
        for plain in _PLAIN:
            if isinstance(value, plain):
                return plain, (plain(value),)  # type: ignore[arg-type]  # Of a value that is one already.
        raise TypeError(f"a record holds plain values only, found {type(value).__name__}")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        plain = _BY_NAME.get((module, name))
        if plain is None:
            raise pickle.UnpicklingError(f"a record holds plain values only, found {module}.{name}")
        return plain


def dump(value: object) -> bytes:
    """Encode tuples, lists, numbers, texts, bytes and None; raises `TypeError` for anything else."""
    written = BytesIO()
    _Writer(written, _PROTOCOL).dump(value)
    return written.getvalue()


def load(data: bytes) -> Any:
    """Decode what `dump` wrote; raises `pickle.UnpicklingError`."""
    return _Reader(BytesIO(data)).load()
