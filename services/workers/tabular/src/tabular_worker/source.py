"""A table that is read: its schema at once, its rows in batches of bounded size, as often as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from durable import NonRetryable
from durable.errors import TransientError

BATCH_ROWS_MAX = 10_000
BATCH_BYTES = 16 << 20
ARROW_FAULTS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)
# What damaged files make Arrow raise: also errors without a kind, and sizes that no memory holds.
DAMAGES = (pa.ArrowException, OverflowError, OSError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class Source:
    """A table in a file."""

    schema: pa.Schema
    batches: Callable[[], Iterable[pa.RecordBatch]]


def named(schema: pa.Schema) -> pa.Schema:
    """Give a schema back whose names can be read.

    Raises:
        UnicodeDecodeError: one can not, also of a nested field.
    """
    pending = list(schema)
    while pending:
        field = pending.pop()
        _ = field.name
        pending += (field.type.field(index) for index in range(field.type.num_fields))
    return schema


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what Arrow raises at a file that it can't read into a final failure that says what was expected."""
    try:
        yield
    except DAMAGES as error:
        raise NonRetryable(f"expected {what}; it can't be read: {error}"[:2000]) from error


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn what Arrow raises at rows that it can't write into a final failure; a full disk may have room later."""
    try:
        yield
    except ARROW_FAULTS as error:
        raise NonRetryable(f"expected rows that {what} can hold: {error}"[:2000]) from error
    except OSError as error:
        raise TransientError(f"the {what} file can't be written: {error}") from error
