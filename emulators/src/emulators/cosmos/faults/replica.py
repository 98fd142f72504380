"""What a reader sees that lags behind: a copy of the account, to which the same writes are done later.

1. The copy is made when it is asked for. A write that succeeded is done to it again, by its own time, once it is old
   enough: so documents, their etags and their order come out the same.
2. A read whose session token tells of a later write is not for the copy.
"""

import re
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from emulators.cosmos.auth import Authenticator
from emulators.cosmos.catalog import Catalog, Container
from emulators.cosmos.faults.occasion import Asked
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.service import Service
from emulators.cosmos.store.database import Database
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_LSN = re.compile(rb"#(\d+)")


class Replica:
    """A copy of an account that is `lag` behind; without a lag it stays as it was."""

    def __init__(
        self, service: Service, authenticator: Authenticator, database: Database, lag: timedelta | None
    ) -> None:
        self._original = service
        self._lag = lag
        self._writes: deque[tuple[datetime, Request]] = deque()
        self._at: datetime | None = None
        self._database = database.copy()
        self._service = replace(service, catalog=Catalog(self._database), clock=self._now)
        self._gateway = Gateway(self._service, authenticator)

    def note(self, request: Request) -> None:
        """A write has succeeded."""
        if self._lag is not None:
            self._writes.append((self._original.clock(), request))

    def read(self, asked: Asked) -> Response | None:
        """The answer to a read as of a while ago; None if its session token asks for more."""
        self._catch_up()
        container = self._container(asked)
        if container is not None and _token_of(asked.request) > container.sequence:
            return None
        return self._gateway.handle(asked.request)

    def close(self) -> None:
        """Forget everything."""
        self._writes.clear()
        self._database.close()

    def _catch_up(self) -> None:
        until = self._original.clock() - (self._lag or timedelta(0))
        while self._writes and self._writes[0][0] <= until:
            self._at, request = self._writes.popleft()
            self._spend_freely()
            self._gateway.handle(request)
        self._at = None
        self._gateway.commit()

    def _spend_freely(self) -> None:
        """What was admitted once is not throttled now."""
        for database in self._service.catalog.databases.values():
            for container in database.containers.values():
                container.budget = None

    def _container(self, asked: Asked) -> Container | None:
        database = self._service.catalog.databases.get(asked.target.names[0])
        return database.containers.get(asked.target.names[1]) if database else None

    def _now(self) -> datetime:
        return self._at or self._original.clock()


def _token_of(request: Request) -> int:
    """The highest number that a session token tells of; 0 without one."""
    found = _LSN.findall(request.headers.get(headers.SESSION_TOKEN, b""))
    return max((int(number) for number in found), default=0)
