"""The management API: start, look at, signal and end instances over HTTP."""

from orchestrator.api.app import create_app
from orchestrator.api.roles import needed_role

__all__ = ["create_app", "needed_role"]
