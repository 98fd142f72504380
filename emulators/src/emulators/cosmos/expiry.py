"""Removing documents whose time to live is over.

Readers never see an expired document; this only gives the space back, at most once a minute.
"""

from emulators.cosmos.service import Service

_PERIOD_SECONDS = 60


class Sweeper:
    """Sweeps all containers of an account."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._due = 0

    def sweep(self) -> None:
        """Delete what has expired, if it is time to look; the caller commits."""
        now = self._service.now()
        if now < self._due:
            return
        self._due = now + _PERIOD_SECONDS
        for database in self._service.catalog.databases.values():
            for container in database.containers.values():
                container.delete_expired(now)
