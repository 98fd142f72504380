"""Partition keys: reading them from headers and documents, and where they lie on the ring.

1. A key is a list of components, one for each path; a missing value is `{}` in JSON, apart from null.
2. `PartitionKey.text` is the canonical JSON of the components, and the identity of a logical partition.
"""

import struct
from dataclasses import dataclass, field

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode, encode
from emulators.cosmos.murmur import murmur3_128

_KEY_BYTES_MAX = 2048
_CACHED_KEYS_MAX = 50_000
_CACHED_BYTES_MAX = 512


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """One logical partition: `position` is the first 62 bits of its effective partition key, for range queries.

    A hierarchical key may be a prefix, with fewer components than its container has paths: it stands for all partitions
    that begin with it, which lie between `epk` and `epk` + "FF", all at one position.
    """

    text: str
    epk: str
    position: int
    is_prefix: bool = False


def pick(document: JsonValue, steps: tuple[str, ...]) -> JsonValue:
    """Return the value at a path, or an empty object when there is none (rule 1)."""
    for step in steps:
        if not isinstance(document, dict) or step not in document:
            return {}
        document = document[step]
    return document


@dataclass(frozen=True, slots=True)
class PartitionKeyDefinition:
    """The partition key of a container: its paths and how they are hashed."""

    paths: tuple[str, ...]
    kind: str
    _steps: tuple[tuple[str, ...], ...]
    _by_header: dict[bytes, PartitionKey] = field(default_factory=dict, compare=False)
    _by_text: dict[str, PartitionKey] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, properties: JsonValue) -> "PartitionKeyDefinition":
        """Read a definition as containers carry it; hash version 1 is refused."""
        if not isinstance(properties, dict) or not isinstance(properties.get("paths"), list):
            raise CosmosError(400, 'The container needs a partitionKey such as {"paths": ["/pk"], "kind": "Hash"}.')
        if properties.get("version", 2) != 2:
            raise CosmosError(400, "Partition keys of version 1 are not supported here; use version 2.")
        paths = tuple(str(path) for path in properties["paths"])  # type: ignore[union-attr]  # A list, see above.
        steps = tuple(tuple(step.strip('"') for step in path.strip("/").split("/")) for path in paths)
        return cls(paths, str(properties.get("kind", "Hash")), steps)

    def of_header(self, header: bytes) -> PartitionKey:
        """Parse the partition key header of a request."""
        key = self._by_header.get(header)
        if key is None:
            components = decode(header)
            if (
                not isinstance(components, list)
                or len(components) > len(self.paths)
                or any(map(_is_nested, components))
            ):
                raise CosmosError(
                    400, f"Partition key {header.decode('latin-1')[:200]} is invalid for the paths {list(self.paths)}."
                )
            key = self._key(components or [{}])
            if len(self._by_header) >= _CACHED_KEYS_MAX:
                self._by_header.clear()
            if len(header) <= _CACHED_BYTES_MAX:
                self._by_header[header] = key
        return key

    def text_in(self, document: JsonObject) -> str:
        """Return the canonical text of the partition key that a document holds."""
        return canonical([pick(document, steps) for steps in self._steps])

    def of_text(self, text: str) -> PartitionKey:
        """Return the key for its canonical text."""
        key = self._by_text.get(text)
        if key is None:
            components = decode(text)
            assert isinstance(components, list)
            key = self._key(components)
        return key

    def _key(self, components: list[JsonValue]) -> PartitionKey:
        text = canonical(components)
        if len(text) > _KEY_BYTES_MAX:
            raise CosmosError(400, f"The partition key exceeds its maximum size of {_KEY_BYTES_MAX} bytes.")
        epk = effective_key(components, self.kind)
        key = PartitionKey(text, epk, position_of(epk), is_prefix=len(components) < len(self.paths))
        if len(self._by_text) >= _CACHED_KEYS_MAX:
            self._by_text.clear()
        if len(text) <= _CACHED_BYTES_MAX:
            self._by_text[text] = key
        return key


def canonical(components: list[JsonValue]) -> str:
    """Return one text for equal keys: 1 and 1.0 are the same number to the service."""
    if len(components) == 1 and isinstance(components[0], str):
        return encode(components).decode()
    return encode([_plain(component) for component in components]).decode()


def _plain(component: JsonValue) -> JsonValue:
    if isinstance(component, float) and component.is_integer() and abs(component) < 2**53:
        return int(component)
    if isinstance(component, int) and abs(component) >= 2**53:
        return float(component)
    return component


def effective_key(components: list[JsonValue], kind: str) -> str:
    """Return the effective partition key: 32 hex digits, or 32 for each component of a hierarchical key."""
    encoded = [_hashable(component) for component in components]
    if kind == "MultiHash":
        return "".join(_hashed(part) for part in encoded)
    return _hashed(b"".join(encoded))


def position_of(epk: str) -> int:
    """Return the place on the ring; bounds of ranges ("", "FF", shorter prefixes) are padded with zeros."""
    return min(int(epk[:16].ljust(16, "0"), 16), 2**63 - 1)


def _is_nested(component: JsonValue) -> bool:
    return isinstance(component, list | dict) and component != {}


def _hashed(data: bytes) -> str:
    low, high = murmur3_128(data)
    return f"{high & 0x3FFFFFFFFFFFFFFF:016X}{low:016X}"


def _hashable(component: JsonValue) -> bytes:
    match component:
        case True:
            return b"\x03"
        case False:
            return b"\x02"
        case None:
            return b"\x01"
        case int() | float():
            return b"\x05" + struct.pack("<d", float(component))
        case str():
            return b"\x08" + component.encode() + b"\xff"
        case dict() if not component:
            return b"\x00"
    raise CosmosError(400, f"A partition key can't hold {type(component).__name__}: use text, number, bool or null.")
