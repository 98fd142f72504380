"""Remembers what was just sent from here, as heads and histories show it only once the owner has taken it.

So one who suspends and then resumes is not refused for being quick, and one who completes twice is told so. What
another replica has sent is not known here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

REMEMBERED_MAX = 10_000


class Recent:
    """What was sent, each by a key that says what it was judged by; the oldest are forgotten."""

    def __init__(self) -> None:
        self._sent: OrderedDict[Hashable, None] = OrderedDict()

    def add(self, key: Hashable) -> None:
        """Remember one."""
        self._sent[key] = None
        if len(self._sent) > REMEMBERED_MAX:
            self._sent.popitem(last=False)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._sent
