"""Remembers which instances were just told to halt, as their heads show it only once the owner has taken it.

So one who suspends and then resumes is not refused for being quick. What another replica has sent is not known here.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from orchestrator.heads import Head

REMEMBERED_MAX = 10_000


class Halts:
    """Halts under way, by the head that was told; the oldest are forgotten."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def sent_to(self, head: Head) -> None:
        """Remember a halt."""
        self._told[head.instance_id] = (head.run, head.updated_at)
        self._told.move_to_end(head.instance_id)
        if len(self._told) > REMEMBERED_MAX:
            self._told.popitem(last=False)

    def is_under_way(self, head: Head) -> bool:
        """Tell whether a halt was sent that this head does not show yet."""
        return self._told.get(head.instance_id) == (head.run, head.updated_at)
