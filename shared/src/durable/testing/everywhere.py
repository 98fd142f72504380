"""Where an environment can send to."""

from __future__ import annotations


class EveryQueue(frozenset[str]):
    """All queues there could be: a call without a handler is told by the handlers, not by the topology."""

    def __contains__(self, name: object) -> bool:
        return True
