"""MurmurHash3, the x64 variant of 128 bits, which places a partition key on the ring of physical ranges."""

_C1 = 0x87C37B91114253D5
_C2 = 0x4CF5AD432745937F
_MASK = 0xFFFFFFFFFFFFFFFF


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK


def _scrambled(block: int, first: int, second: int, bits: int) -> int:
    return (_rotated(block * first & _MASK, bits) * second) & _MASK


def _finalized(value: int) -> int:
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & _MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ (value >> 33)


def murmur3_128(data: bytes) -> tuple[int, int]:
    """Return the two 64-bit halves (low, high) of the hash with seed 0."""
    low = high = 0
    whole = len(data) - len(data) % 16
    for at in range(0, whole, 16):
        low ^= _scrambled(int.from_bytes(data[at : at + 8], "little"), _C1, _C2, 31)
        low = ((_rotated(low, 27) + high) * 5 + 0x52DCE729) & _MASK
        high ^= _scrambled(int.from_bytes(data[at + 8 : at + 16], "little"), _C2, _C1, 33)
        high = ((_rotated(high, 31) + low) * 5 + 0x38495AB5) & _MASK
    tail = data[whole:]
    if len(tail) > 8:
        high ^= _scrambled(int.from_bytes(tail[8:], "little"), _C2, _C1, 33)
    if tail:
        low ^= _scrambled(int.from_bytes(tail[:8], "little"), _C1, _C2, 31)
    low ^= len(data)
    high ^= len(data)
    low = (low + high) & _MASK
    high = (high + low) & _MASK
    low, high = _finalized(low), _finalized(high)
    low = (low + high) & _MASK
    return low, (high + low) & _MASK
