"""Writes what the code of sagas logs, once its turn is durable.

Each line goes to logger `saga.<name>` with the instance in its fields, so that it is found beside those of workers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from orchestrator.engine.logbook import LogLine
from orchestrator.host.residents import Resident

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log_lines(resident: Resident, lines: Iterable[LogLine]) -> None:
    """Write the lines of one turn."""
    for line in lines:
        logger = logging.getLogger(f"saga.{resident.saga}")
        identity = resident.identity
        fields = {
            "instance_id": identity.instance_id,
            "run": identity.run,
            "execution": identity.execution,
            "saga": resident.saga,
        }
        logger.log(_LEVELS[line.level], line.message, *line.args, extra=fields)
