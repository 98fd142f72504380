"""What a saga sees: the declarations only; the orchestrator's engine implements them.

1. Everything here is deterministic: replayed over the same history, a saga gets the same answers.
2. What returns a `Handle` is scheduled at once and awaited when you like, any number of times.
"""

from __future__ import annotations

from durable.context.facts import Facts, SagaLog, Tag
from durable.context.flow import Flow
from durable.context.handle import Handle
from durable.context.joining import Joining
from durable.context.steps import OnParentEnd, Steps
from durable.context.undoing import Undoing

__all__ = ["Handle", "OnParentEnd", "SagaContext", "SagaLog", "Tag"]


class SagaContext(Steps, Joining, Flow, Undoing, Facts):
    """Durable verbs and deterministic facts for one execution of one instance."""

    __slots__ = ()
