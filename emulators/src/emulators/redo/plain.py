"""Payloads: plain Python values as bytes, and back.

Pickle is the fastest encoder that the standard library has for tuples of numbers, texts and bytes. Reading is limited
to such values: a file that names a class or a function is refused.
"""

import pickle
from io import BytesIO
from typing import Any

_PROTOCOL = 5


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"a record holds plain values only, found {module}.{name}")


def dump(value: object) -> bytes:
    """Encode tuples, lists, numbers, texts, bytes and None."""
    return pickle.dumps(value, _PROTOCOL)


def load(data: bytes) -> Any:
    """Decode what `dump` wrote; raises `pickle.UnpicklingError`."""
    return _Reader(BytesIO(data)).load()
