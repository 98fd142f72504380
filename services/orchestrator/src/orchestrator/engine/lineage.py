"""Whose history an instance took over: until its code is past that, its chance is that of the execution it was."""

from __future__ import annotations

from collections.abc import Sequence

from durable.events import HistoryEvent, Rewound
from orchestrator.engine.setup import Identity


def sources_of(history: Sequence[HistoryEvent], identity: Identity) -> list[Identity]:
    """List the executions that the parts of a history were taken over from; the rest of it is the instance's own."""
    return [
        Identity(event.instance_id, event.run or identity.run, event.execution)
        for event in history
        if type(event) is Rewound
    ]
