"""What an instance is given for its life: who it is, and what there is around it."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.engine.limits import Limits
from orchestrator.engine.registry import Registry

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Setup:
    """What all instances of a process share.

    Attributes:
        registry: the sagas that there is code for.
        destinations: names of the queues and topics that can be sent to.
        limits: how much one instance may do.
    """

    registry: Registry
    destinations: frozenset[str]
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Identity:
    """Which execution of which run of which instance."""

    instance_id: str
    run: str
    execution: int
