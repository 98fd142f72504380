"""Tests of sagas and handlers without a service, a port or a second of waiting."""

from durable.testing.environment import SagaEnvironment
from durable.testing.exploring.explore import explore
from durable.testing.exploring.faults import Fault
from durable.testing.exploring.outcome import Outcome
from durable.testing.exploring.report import ExplorationFailed, Report
from durable.testing.golden import History, load_history, replay, save_history
from durable.testing.handlers import Effect
from durable.testing.mode import Mode
from durable.testing.run import NotEnded, Run
from durable.testing.worker_environment import WorkerEnvironment

__all__ = [
    "Effect",
    "ExplorationFailed",
    "Fault",
    "History",
    "Mode",
    "NotEnded",
    "Outcome",
    "Report",
    "Run",
    "SagaEnvironment",
    "WorkerEnvironment",
    "explore",
    "load_history",
    "replay",
    "save_history",
]
