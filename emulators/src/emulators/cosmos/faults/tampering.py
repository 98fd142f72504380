"""Putting faults into a running endpoint, and taking them out again.

While no fault can hit, `Serving` serves requests as if this module were not there.
"""

from dataclasses import dataclass

from emulators.cosmos.auth import Authenticator
from emulators.cosmos.faults import KINDS
from emulators.cosmos.faults.fate import Fate, fate_of
from emulators.cosmos.faults.kinds import READ_KINDS, CosmosFault, StaleRead
from emulators.cosmos.faults.occasion import Asked
from emulators.cosmos.faults.replica import Replica
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.service import Clock, Service
from emulators.cosmos.store.database import Database
from emulators.cosmos.wire.message import Request, Response
from emulators.faults import ClockOffset
from emulators.faults.fault import Fault
from emulators.faults.register import Faults

_QUIET_KINDS = READ_KINDS | {"query-plan"}


@dataclass(frozen=True, slots=True)
class Account:
    """What faults need to know of an endpoint."""

    service: Service
    authenticator: Authenticator
    database: Database
    gateway: Gateway


class Tampering:
    """The faults of one endpoint: the `Effects` of its `Faults`. `is_on` while one can hit."""

    def __init__(self, account: Account) -> None:
        self.faults = Faults(KINDS, self)
        self.is_on = False
        self._account = account
        self._offsets: dict[int, ClockOffset] = {}
        self._replicas: dict[int, Replica] = {}

    def begin(self, fault: Fault) -> bool:
        """Do what waits for no request; there is always more to come."""
        if isinstance(fault, ClockOffset):
            self._offsets[id(fault)] = fault
            self._set_clock()
        if isinstance(fault, StaleRead):
            account = self._account
            account.gateway.commit()
            self._replicas[id(fault)] = Replica(account.service, account.authenticator, account.database, fault.lag)
        return False

    def end(self, fault: Fault) -> None:
        """Undo what the fault keeps up."""
        if self._offsets.pop(id(fault), None) is not None:
            self._set_clock()
        replica = self._replicas.pop(id(fault), None)
        if replica is not None:
            replica.close()

    def switch(self, *, on: bool) -> None:
        """From now on faults are asked before a request is served, or no longer."""
        self.is_on = on

    def fate(self, request: Request) -> Fate:
        """Ask the faults what becomes of a request."""
        asked = Asked.of(request)
        fault = self.faults.take(asked)
        if isinstance(fault, StaleRead):
            stale = self._replicas[id(fault)].read(asked)
            return Fate() if stale is None else Fate(refusal=stale, is_applied=False)
        fate = fate_of(fault, request) if isinstance(fault, CosmosFault) else Fate()
        if fate.refusal is not None:
            self._account.gateway.stats.count(request, asked.target, fate.refusal)
        return fate

    def note(self, request: Request, response: Response) -> None:
        """A request was served: what lags behind will hear of it if it was a write."""
        if response.status < 300 and response.status != 207 and Asked.of(request).kind not in _QUIET_KINDS:
            for replica in self._replicas.values():
                replica.note(request)

    def close(self) -> None:
        """The endpoint stops."""
        self.faults.clear()

    def _set_clock(self) -> None:
        service = self._account.service
        clock = service.clock
        for fault in self._offsets.values():
            clock = _shifted(clock, fault)
        self._account.gateway.use_clock(clock)


def _shifted(clock: Clock, fault: ClockOffset) -> Clock:
    return lambda: clock() + fault.offset
