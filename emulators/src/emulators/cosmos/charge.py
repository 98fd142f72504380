"""Request units, estimated from the figures that the vendor publishes; see the tables for their source sizes.

1. Every number here is an estimate: good for comparing two designs, not for a bill.
2. Batches cost the sum of their operations. Failed operations and queries have no published formula; the constants
   below are educated guesses, good only for "did it get worse".
"""

from bisect import bisect_left

_SIZES_KB = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_READ = (1.0, 1.04, 1.14, 1.33, 1.67, 2.19, 4.76, 9.95, 20.28, 40.95, 145.9, 291.8)
_WRITE = (4.95, 6.29, 6.67, 7.04, 9.52, 11.23, 22.67, 48.19, 98.29, 184.57, 625.0, 1250.0)
_PER_TERM = 0.2
_PER_CHANGED_TERM = 0.4
_PER_PATCHED_PROPERTY = 0.4
_QUERY = 2.3
_QUERY_PER_ITEM = 0.05

FAILED = 1.24
"""A write that ended in 404, 409 or 412."""


def point_read(size_bytes: int) -> float:
    """A read by id under session consistency or weaker."""
    return _interpolated(_READ, size_bytes)


def create(size_bytes: int, terms: int) -> float:
    """A create, or a delete, of a document with so many indexed terms."""
    return _interpolated(_WRITE, size_bytes) + _PER_TERM * terms


def replace(size_bytes: int, changed_terms: int) -> float:
    """A replace that changes so many indexed terms."""
    return 2 * _interpolated(_WRITE, size_bytes) + _PER_CHANGED_TERM * changed_terms


def patch(size_bytes: int, changed_terms: int, properties: int) -> float:
    """A patch: a replace, and something for each property that it names."""
    return replace(size_bytes, changed_terms) + _PER_PATCHED_PROPERTY * properties


def query(items: int, size_bytes: int) -> float:
    """One page of a query."""
    return _QUERY + _QUERY_PER_ITEM * items + _page_load(items, size_bytes)


def feed(items: int, size_bytes: int) -> float:
    """One page of a read feed or a change feed: about the sum of its point reads."""
    return max(1.0, items * point_read(size_bytes // max(items, 1)))


def _page_load(items: int, size_bytes: int) -> float:
    return items * (point_read(size_bytes // max(items, 1)) - 1.0) if items else 0.0


def _interpolated(table: tuple[float, ...], size_bytes: int) -> float:
    size = size_bytes / 1024
    if size <= 1:
        return table[0]
    if size >= _SIZES_KB[-1]:
        return table[-1]
    at = bisect_left(_SIZES_KB, size)
    low, high = _SIZES_KB[at - 1], _SIZES_KB[at]
    return table[at - 1] + (table[at] - table[at - 1]) * (size - low) / (high - low)
