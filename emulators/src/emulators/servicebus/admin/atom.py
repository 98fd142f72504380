"""Atom entries and feeds around descriptions, as the service writes them.

The addresses of subscriptions and rules are spelled `topic/Subscriptions/name/Rules/name`: clients read names out of
them, with regard to case.
"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from emulators.servicebus.admin import markup, spans


class Entry(NamedTuple):
    """One resource: its name, where it is, when it was made and changed, and its description as markup."""

    title: str
    path: str
    published: int
    updated: int
    content: str


class Place(NamedTuple):
    """Where a client sees this endpoint, and what it asked."""

    host: str
    query: str

    @property
    def namespace(self) -> str:
        """The name of the namespace: the first label of the host name; `localhost` for an address."""
        first = self.host.split(":")[0].split(".")[0]
        return "localhost" if not first.strip("[").isalnum() or first.isdigit() else first

    def url(self, path: str) -> str:
        """The address of a resource."""
        return f"https://{self.host}/{quote(path, safe='/$')}?{self.query}"


def entry_markup(entry: Entry, place: Place, *, alone: bool = True) -> str:
    """One entry, as a document of its own or as a part of a feed."""
    url = place.url(entry.path)
    parts = [
        markup.element("id", markup.text(url)),
        markup.element("title", markup.text(entry.title), type="text"),
        markup.element("published", _second(entry.published)),
        markup.element("updated", _second(entry.updated)),
        markup.element("author", markup.element("name", markup.text(place.namespace))),
        markup.element("link", rel="self", href=url),
        markup.element("content", entry.content, type="application/xml"),
    ]
    return markup.element("entry", "".join(parts), **({"xmlns": markup.ATOM} if alone else {}))


def feed_markup(title: str, path: str, entries: Iterable[Entry], place: Place, following: str | None = None) -> str:
    """A feed of entries; `following` is the query of the next page, if there is one."""
    url = place.url(path)
    parts = [
        markup.element("title", markup.text(title), type="text"),
        markup.element("id", markup.text(url)),
        markup.element("updated", _second(max((entry.updated for entry in entries), default=0))),
        markup.element("link", rel="self", href=url),
    ]
    if following is not None:
        parts.append(markup.element("link", rel="next", href=Place(place.host, following).url(path)))
    parts.extend(entry_markup(entry, place, alone=False) for entry in entries)
    return markup.element("feed", "".join(parts), xmlns=markup.ATOM)


def error_markup(status: int, detail: str) -> str:
    """A refusal."""
    parts = (markup.element("Code", str(status)), markup.element("Detail", markup.text(detail)))
    return markup.element("Error", "".join(parts))


def _second(at: int) -> str:
    return spans.time_text(at // 1000 * 1000).replace(".000Z", "Z")
