"""The management API: start, look at, signal and end instances over HTTP."""

from orchestrator.api.app import create_app

__all__ = ["create_app"]
