"""The kinds of values that properties have: how each is read, checked and written."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulators.servicebus.admin import markup, spans
from emulators.servicebus.admin.complaints import invalid
from emulators.servicebus.broker.settings import Status

_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` gets the text and the name of the property, and raises `Complaint`; `write` gives markup or None."""

    read: Callable[[str, str], object]
    write: Callable[..., str | None]


def span(low: int, high: int, too_long: str = "") -> Kind:
    """A span of at least and at most so many milliseconds; `too_long` is what the service says beyond that."""

    def read(value: str, name: str) -> int:
        found = spans.span_in(value, name)
        if found > high and too_long:
            raise invalid(too_long)
        if not low <= found <= high:
            between = f"between {spans.span_text(low)} and {spans.span_text(high)}"
            raise invalid(f"The supplied {name} of '{value}' is out of range: it must be {between}.")
        return found

    return Kind(read, spans.span_text)


def span_or_none(low: int) -> Kind:
    """A span of at least so many milliseconds; the longest there is means none, which is 0 here."""

    def read(value: str, name: str) -> int:
        found = spans.span_in(value, name)
        if found < low:
            raise invalid(
                f"The supplied {name} of '{value}' is out of range: it must be {spans.span_text(low)} or more."
            )
        return 0 if found >= spans.FOREVER_MILLISECONDS else found

    return Kind(read, lambda value: spans.span_text(value or spans.FOREVER_MILLISECONDS))


def number(low: int, high: int, unit: int = 1, default: int = 0) -> Kind:
    """A number between two others, kept as so many times its unit; the default is told when it is not set."""

    def read(value: str, name: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise invalid(f"The specified value {value} is invalid. {name} must be between {low} and {high}.")
        return int(value) * unit

    return Kind(read, lambda value: str(value // unit or default))


def one_of(allowed: tuple[int, ...], unit: int, default: int) -> Kind:
    """One of some numbers, kept as so many times its unit; the default is told when it is not set."""

    def read(value: str, name: str) -> int:
        if value not in {str(each) for each in allowed}:
            choice = ";".join(map(str, allowed))
            raise invalid(
                f"The specified value {value} is invalid. The property {name}, must be one of the following values: "
                f"{choice}."
            )
        return int(value) * unit

    return Kind(read, lambda value: str(-(-value // unit) or default))


def _read_truth(value: str, name: str) -> bool:
    if value.lower() not in _TRUTHS:
        raise invalid(f"The value '{value}' of {name} is invalid: true or false was expected.")
    return _TRUTHS[value.lower()]


TRUTH = Kind(_read_truth, lambda value: "true" if value else "false")


def text(longest: int) -> Kind:
    """A text; an empty one is not told."""

    def read(value: str, name: str) -> str:
        if len(value) > longest:
            raise invalid(f"The supplied {name} has {len(value)} characters, {longest} are allowed.")
        return value

    return Kind(read, lambda value: markup.text(value) if value else None)


def _read_destination(value: str, _: str) -> str:
    """A queue or topic by its name or by its address."""
    return urlsplit(value).path.strip("/") if "://" in value else value.strip("/")


DESTINATION = Kind(_read_destination, lambda value: markup.text(value) if value else None)


def _read_status(value: str, name: str) -> Status:
    try:
        return Status(value)
    except ValueError as cause:
        known = ", ".join(each.value for each in Status)
        raise invalid(f"The value '{value}' of {name} is invalid: one of {known} was expected.") from cause


STATUS = Kind(_read_status, lambda value: str(value.value))
