"""Which instances are kept in memory: as many as fit, the least recently used are dropped first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from orchestrator.host.residents import Resident

LIVE_MAX = 20_000
ENDED_MAX = 5_000


class Residents:
    """The residents of one partition, bounded: the least recently used are dropped first."""

    def __init__(self, live_max: int = LIVE_MAX, ended_max: int = ENDED_MAX) -> None:
        self._live: OrderedDict[str, Resident] = OrderedDict()
        self._ended: OrderedDict[str, Resident] = OrderedDict()
        self._live_max = live_max
        self._ended_max = ended_max

    @property
    def live(self) -> list[Resident]:
        """Those that have not ended."""
        return list(self._live.values())

    @property
    def live_count(self) -> int:
        """How many have not ended."""
        return len(self._live)

    @property
    def ended_count(self) -> int:
        """How many are kept as the ids that they consumed."""
        return len(self._ended)

    def get(self, instance_id: str) -> Resident | None:
        """Find a resident, and remember that it was used."""
        resident = self._live.get(instance_id)
        if resident is not None:
            self._live.move_to_end(instance_id)
            return resident
        return self._ended.get(instance_id)

    def admit(self, resident: Resident) -> None:
        """Keep a resident that was just read; one that has ended and may be reopened keeps its code for this round."""
        if resident.instance is None:
            self.keep(resident)
        else:
            self._keep_live(resident)

    def keep(self, resident: Resident) -> None:
        """Keep a resident in memory as it stands now; an ended one sheds all but what it consumed."""
        id_ = resident.identity.instance_id
        if resident.head is not None and resident.head.status.ended:
            self._shed(resident)
            resident.head = replace(resident.head, input=None, output=None, failure=None)
            self._live.pop(id_, None)
            self._ended[id_] = resident
            if len(self._ended) > self._ended_max:
                self._ended.popitem(last=False)
        else:
            self._keep_live(resident)

    def _keep_live(self, resident: Resident) -> None:
        id_ = resident.identity.instance_id
        self._ended.pop(id_, None)
        self._live[id_] = resident
        self._live.move_to_end(id_)
        if len(self._live) > self._live_max:
            _, oldest = self._live.popitem(last=False)
            self._shed(oldest)

    def drop(self, instance_id: str) -> None:
        """Forget a resident; it is read again when it is needed."""
        for residents in (self._live, self._ended):
            resident = residents.pop(instance_id, None)
            if resident is not None:
                self._shed(resident)

    def clear(self) -> None:
        """Forget all residents."""
        for instance_id in [*self._live, *self._ended]:
            self.drop(instance_id)

    @staticmethod
    def _shed(resident: Resident) -> None:
        if resident.instance is not None:
            resident.instance.close()
            resident.instance = None
