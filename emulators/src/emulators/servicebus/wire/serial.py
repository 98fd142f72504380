"""Numbers that begin anew after 2^32: those of transfers, deliveries and credit."""

_HALF = 1 << 31
_ALL = (1 << 32) - 1


def difference(later: int, earlier: int) -> int:
    """How far one number is behind another; negative if it comes before."""
    return ((later - earlier + _HALF) & _ALL) - _HALF
