"""Tests of sagas without a service, a port or a second of waiting."""

from durable.testing.environment import SagaEnvironment
from durable.testing.golden import History, load_history, replay, save_history
from durable.testing.mode import Mode
from durable.testing.run import Run

__all__ = ["History", "Mode", "Run", "SagaEnvironment", "load_history", "replay", "save_history"]
