"""The management API: start, look at, signal and end instances over HTTP."""

from orchestrator.api.app import create_app
from orchestrator.api.dependencies import ApiDependencies

__all__ = ["ApiDependencies", "create_app"]
