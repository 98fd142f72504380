"""Paths: which resource a request is for."""

from typing import NamedTuple


class Target(NamedTuple):
    """What a path addresses.

    `pattern` is the chain of resource types ("dbs/colls/docs"), `names` the ids along it; a feed has one name fewer
    than types. `resource` and `link` are what the client signs: for a feed the link is that of its owner.
    """

    pattern: str
    names: tuple[str, ...]
    is_feed: bool
    resource: str
    link: str


def target_of(path: str) -> Target:
    """Read a decoded path; slashes at its ends don't count."""
    trimmed = path.strip("/")
    parts = trimmed.split("/") if trimmed else []
    types, names = parts[0::2], tuple(parts[1::2])
    is_feed = len(types) > len(names)
    if types and types[-1] == "operations":
        # The deletion of a partition is signed as if its container were meant.
        return Target("/".join(types), names, is_feed, "colls", "/".join(parts[:-2]))
    link = "/".join(parts[:-1]) if is_feed else trimmed
    return Target("/".join(types), names, is_feed, types[-1] if types else "", link)
