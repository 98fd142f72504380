"""Types as authors declare them, each with a strategy of values that must come back equal from JSON."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Invoice(BaseModel):
    number: int
    total: Decimal
    due: datetime | None = None
    scan: bytes = b""
    lines: dict[str, Decimal] = {}


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = None


class Tree(BaseModel):
    at: datetime
    children: list[Tree] = []


class Card(BaseModel):
    kind: Literal["card"] = "card"
    digits: str


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    at: datetime


Payment = Annotated[Card | Transfer, Field(discriminator="kind")]


@dataclass(frozen=True)
class Address:
    street: str
    since: date
    doors: tuple[int, ...] = ()


@dataclass
class Customer:
    id: UUID
    address: Address
    seen: list[datetime] = field(default_factory=list)


class Point(NamedTuple):
    x: int
    at: datetime


class Options(TypedDict):
    colour: Colour
    raw: bytes


TEXT = st.text(string.printable + "äß€𝄞", max_size=20)
INTEGERS = st.integers(-(2**53), 2**53)
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INVOICES = st.builds(
    Invoice,
    number=INTEGERS,
    total=DECIMALS,
    due=st.none() | TIMES,
    scan=st.binary(max_size=20),
    lines=st.dictionaries(TEXT, DECIMALS, max_size=3),
)
ADDRESSES = st.builds(Address, TEXT, st.dates(), st.lists(INTEGERS, max_size=3).map(tuple))
CARDS = st.builds(Card, digits=TEXT)
TRANSFERS = st.builds(Transfer, at=TIMES)
TREES = st.recursive(
    st.builds(Tree, at=TIMES),
    lambda inner: st.builds(Tree, at=TIMES, children=st.lists(inner, max_size=3)),
    max_leaves=5,
)
OPTIONS = st.fixed_dictionaries({"colour": st.sampled_from(Colour), "raw": st.binary(max_size=10)})

VALUES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Invoice, INVOICES),
    (list[Invoice], st.lists(INVOICES, max_size=3)),
    (dict[str, Invoice], st.dictionaries(TEXT, INVOICES, max_size=3)),
    (Page[Invoice], st.builds(Page[Invoice], items=st.lists(INVOICES, max_size=3), next=st.none() | TEXT)),
    (Page[Page[int]], st.builds(Page[Page[int]], items=st.lists(st.builds(Page[int], items=st.lists(INTEGERS))))),
    (Tree, TREES),
    (Payment, CARDS | TRANSFERS),
    (list[Payment], st.lists(CARDS | TRANSFERS, max_size=3)),
    (Card | None, st.none() | CARDS),
    (int | str, INTEGERS | TEXT),
    (Address, ADDRESSES),
    (Customer, st.builds(Customer, st.uuids(), ADDRESSES, st.lists(TIMES, max_size=3))),
    (Point, st.builds(Point, INTEGERS, TIMES)),
    (Options, OPTIONS),
    (Colour, st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Decimal, DECIMALS),
    (UUID, st.uuids()),
    (datetime, TIMES),
    (date, st.dates()),
    (time, st.times()),
    (timedelta, st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000))),
    (bytes, st.binary(max_size=50)),
    (dict[datetime, bytes], st.dictionaries(TIMES, st.binary(max_size=10), max_size=3)),
    (tuple[int, str, datetime], st.tuples(INTEGERS, TEXT, TIMES)),
    (set[int], st.sets(INTEGERS, max_size=5)),
    (frozenset[Colour], st.frozensets(st.sampled_from(Colour))),
    (float, FLOATS),
    (bool, st.booleans()),
    (Literal["a", 1], st.sampled_from(["a", 1])),
]
