"""JSON documents, read with complaints that name their place."""

from collections.abc import Callable

Fields = dict[str, object]


class TopologyError(ValueError):
    """The topology can't be used; the text says where and why."""


def fields(value: object, place: str) -> Fields:
    """An object."""
    if not isinstance(value, dict):
        raise TopologyError(f"{place}: an object was expected, found {value!r}")
    return value


def entries(parent: Fields, name: str, place: str) -> list[tuple[str, Fields]]:
    """The objects of a list, each with its place."""
    value = parent.get(name, [])
    place = f"{place}.{name}"
    if not isinstance(value, list):
        raise TopologyError(f"{place}: a list was expected, found {value!r}")
    return [(f"{place}[{index}]", fields(entry, f"{place}[{index}]")) for index, entry in enumerate(value)]


def only(entry: Fields, known: set[str], place: str) -> None:
    """Refuse any other property than these."""
    for name in entry:
        if name not in known:
            raise TopologyError(f"{place}.{name}: unknown property; known are {', '.join(sorted(known))}")


def name_of(entry: Fields, place: str, complaint: Callable[[str], str]) -> str:
    """The name of an entry; `complaint` says why it can't be one."""
    name = entry.get("Name")
    if not isinstance(name, str) or not name or name.startswith("$"):
        raise TopologyError(f"{place}.Name: a name was expected, found {name!r}")
    if why := complaint(name):
        raise TopologyError(f"{place}.Name: {name!r} can't be a name: {why}")
    return name


def check_unique(names: list[str], place: str) -> None:
    """Refuse a name that is there twice."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise TopologyError(f"{place}: the name '{name}' is there twice (upper and lower case do not matter)")
        seen.add(name.lower())


def text_of(value: object, place: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TopologyError(f"{place}: a text was expected, found {value!r}")
    return value
