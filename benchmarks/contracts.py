"""What the benchmark's sagas and its worker agree on: the smallest activity that does something."""

from __future__ import annotations

from pydantic import BaseModel

from durable import Activity

CHAIN_ASKED = "bench.chain"
FAN_ASKED = "bench.fan"


class Item(BaseModel):
    """About 200 bytes of JSON."""

    i: int
    p: str


class Stamped(BaseModel):
    """An item, and when the worker had it in its hands, in seconds since the epoch."""

    i: int
    p: str
    t: float


class ChainRequest(BaseModel):
    """So many activities one after the other; every `every`-th stamp and the last are given back."""

    steps: int
    every: int = 1


class FanRequest(BaseModel):
    """So many activities at once."""

    width: int


class Stamps(BaseModel):
    """When activities ran."""

    stamps: list[float]


PAD = "x" * 180
ECHO = Activity("bench.echo", Item, Stamped)
