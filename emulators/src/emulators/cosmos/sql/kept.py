"""What was made once and may be asked for again, up to a total weight: one long query weighs as much as many short."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(Generic[Key, Made]):
    """A function that remembers its results; the oldest are forgotten when all together are too heavy.

    `make` gives a result and its weight. A result that is too heavy by itself is not remembered.
    """

    def __init__(self, make: Callable[[Key], tuple[Made, int]], most: int) -> None:
        self._make = make
        self._most = most
        self._kept: dict[Key, tuple[Made, int]] = {}
        self._weight = 0

    def __call__(self, key: Key) -> Made:
        """Return the result for a key."""
        known = self._kept.get(key)
        if known is None:
            known = self._make(key)
            self._keep(key, known)
        return known[0]

    def _keep(self, key: Key, made: tuple[Made, int]) -> None:
        if made[1] > self._most:
            return
        self._kept[key] = made
        self._weight += made[1]
        while self._weight > self._most:
            _, weight = self._kept.pop(next(iter(self._kept)))
            self._weight -= weight
