"""What an operation is given, and what it gives back."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs
from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup
from emulators.servicebus.admin.atom import Entry, Place, entry_markup, feed_markup
from emulators.servicebus.admin.authorization import check_token
from emulators.servicebus.admin.complaints import changed_since, invalid
from emulators.servicebus.admin.descriptions import Scope
from emulators.servicebus.broker.broker import Broker
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.wire.hub import Hub

Found = TypeVar("Found")

PAGE_MAX = 100
_SKIP, _TOP = "$skip", "$top"


class Call(NamedTuple):
    """One request: `names` lead to the resource, `if_match` and `if_none_match` are as the headers say.

    `supplements` are the tokens for the destinations of messages and of dead letters, if the client sent some.
    """

    hub: Hub
    now: int
    names: tuple[str, ...]
    place: Place
    body: bytes = b""
    if_match: str | None = None
    if_none_match: str | None = None
    supplements: tuple[str | None, str | None] = (None, None)

    @property
    def broker(self) -> Broker:
        return self.hub.broker

    @property
    def scope(self) -> Scope:
        return Scope(self.place.host, self.hub.tier)

    @property
    def replaces(self) -> bool:
        """Whether the resource is to be there already."""
        return self.if_match is not None

    def description(self, *tags: str) -> tuple[str, Element]:
        """The description of one of these names in the body, and its name; raises `Complaint`."""
        return markup.described_in(self.body, *tags)

    def check_destinations(self, settings: Settings) -> None:
        """Raise if a token that came along does not open the destination that it is for."""
        for destination, token in zip(
            (settings.forward_to, settings.forward_dead_letters_to), self.supplements, strict=True
        ):
            if destination and token:
                check_token(self.hub, token, destination)

    def check_unchanged(self, updated_at: int) -> None:
        """Raise unless `If-Match` and `If-None-Match` allow to change what was last changed at that time."""
        if self.if_none_match == "*" or self.if_match not in {None, "*", etag_of(updated_at)}:
            raise changed_since()


class Answer(NamedTuple):
    """A response: its status, its document, and the tag of what it tells of."""

    status: int
    document: str = ""
    etag: str = ""


Operation = Callable[[Call], Answer]


def etag_of(updated_at: int) -> str:
    """The tag of an entity that was last changed at a time."""
    return f'"{updated_at}"'


def entry_answer(call: Call, entry: Entry, status: int = 200) -> Answer:
    """One resource."""
    return Answer(status, entry_markup(entry, call.place), etag_of(entry.updated))


def page_answer(
    call: Call, title: str, path: str, found: Sequence[Found], describe: Callable[[Found], Entry]
) -> Answer:
    """The page of what was found that the request asks for; a link leads to the next page, if there is more."""
    parameters = parse_qs(call.place.query)
    skip, top = _number(parameters, _SKIP, 0), _number(parameters, _TOP, PAGE_MAX)
    page = [describe(each) for each in found[skip : skip + min(top, PAGE_MAX)]]
    following = None
    if page and skip + len(page) < len(found):
        rest = "".join(f"&{name}={values[0]}" for name, values in parameters.items() if name not in {_SKIP, _TOP})
        following = f"{_SKIP}={skip + len(page)}&{_TOP}={min(top, PAGE_MAX)}{rest}"
    return Answer(200, feed_markup(title, path, page, call.place, following))


def _number(parameters: dict[str, list[str]], name: str, default: int) -> int:
    value = parameters.get(name, [str(default)])[0]
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise invalid(f"The value '{value}' of {name} is invalid: a number from 0 on was expected.")
    return int(value)
