"""What host and sagas log, with the instance that it is about.

1. What the code of sagas logs by `ctx.log` is written once its turn is durable, to logger `saga.<name>`, beneath the
   span of the turn.
2. Whatever else is logged while an instance is worked on, by whomever, says by itself which instance that is.
"""

from __future__ import annotations

import logging
from functools import partial

from durable.logs import About, Fields, fields_of_trace
from durable.logs.about import EXECUTION, INSTANCE_ID, RUN, SAGA
from durable.ports import Clock
from orchestrator.engine import Turn
from orchestrator.host.residents import Resident

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def about_resident(resident: Resident, clock: Clock) -> About:
    """Say that the work is about an instance in memory."""
    return About(partial(_fields, resident, clock))


def about_instance(instance_id: str) -> About:
    """Say that the work is about an instance of which nothing else is known."""
    return About(lambda: {INSTANCE_ID: instance_id})


def log_lines(resident: Resident, turn: Turn) -> None:
    """Write the lines of a turn that was committed just now."""
    if not turn.logs:
        return
    fields = {**_identity(resident), **fields_of_trace(resident.trace)}
    if resident.run_trace is not None:
        fields.update(fields_of_trace(resident.run_trace.turn_span(resident.turns, turn.at).within({})))
    logger = logging.getLogger(f"saga.{resident.saga}")
    for line in turn.logs:
        logger.log(_LEVELS[line.level], line.message, *line.args, extra=fields)


def _fields(resident: Resident, clock: Clock) -> Fields:
    return {**_identity(resident), **fields_of_trace(resident.trace_at(clock.now()))}


def _identity(resident: Resident) -> dict[str, str | int]:
    identity = resident.identity
    return {
        INSTANCE_ID: identity.instance_id,
        SAGA: resident.saga,
        RUN: identity.run,
        EXECUTION: identity.execution,
    }
