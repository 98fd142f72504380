"""Who takes a turn in which round, until every message of a receive has had its turn.

Most receives need one round. Another one follows for an instance that must be read again because another owner wrote
to it or because it exists where a start expected none, for what does not fit into one turn, for one that must be
blocked since its turn can't be run or stored, and for the execution or the run that follows one that has ended.

An instance that continues as new over and over has `EXECUTIONS_MAX` of them in one receive, and then waits for the next
like any other: it holds up neither the partition nor what it has taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from durable.events import CompensationSkipped, Resumed, SagaStarted
from durable.ids import run_id
from durable.messages import InstanceMessage
from orchestrator.host.committer import Commit
from orchestrator.host.kept import Residents
from orchestrator.host.plans import Plan
from orchestrator.host.residents import Grave, Resident
from orchestrator.host.triage import Item, Refused, Triaged

INBOX_BYTES_MAX = 500_000
EXECUTIONS_MAX = 10
REOPENING = (Resumed, CompensationSkipped)
DAMAGED = "its head and its turns, read just now, do not fit together: part of its records is gone"


@dataclass(slots=True)
class Prepared:
    """What a round does for one instance: the turn to be committed, if any, and what is beside it."""

    resident: Resident | None
    sorted: Triaged
    plan: Plan | None


class Rounds:
    """The messages still to be worked on, by instance.

    Attributes:
        todo: instance id to messages, in order of arrival.
        later: what instances take in the next receive, before what that brings.
    """

    def __init__(self, items: dict[str, list[Item]]) -> None:
        self.todo = dict(items)
        self.later: dict[str, list[Item]] = {}
        self._executions: dict[str, int] = {}
        self._taken: dict[str, list[Item]] = {}
        self._must_load: set[str] = set()
        self._reloaded: set[str] = set()
        self._faults: dict[str, str] = {}
        self._blocked: set[str] = set()
        self._hopeless: dict[str, str] = {}
        self._graves: dict[str, Grave] = {}
        self._parked: dict[str, list[InstanceMessage]] = {}

    def to_load(self, residents: Residents) -> list[str]:
        """Name the instances that must be read before this round."""
        return [
            id_ for id_, items in self.todo.items() if id_ in self._must_load or self._is_absent(id_, items, residents)
        ]

    def reopens(self, instance_id: str) -> bool:
        """Tell whether something came that an instance takes after its end, if its undos failed."""
        return any(isinstance(item.message.event, REOPENING) for item in self.todo[instance_id])

    def to_recall(self, residents: Residents) -> list[tuple[Resident, int]]:
        """Name the earlier executions of which it must be known what they took: messages for them came again."""
        wanted: dict[tuple[str, int], Resident] = {}
        for id_, items in self.todo.items():
            resident = residents.get(id_)
            if resident is None or resident.unsure.execution == 0 or resident.identity.execution == 1:
                continue
            for item in items:
                execution = item.message.execution
                if 0 < execution < resident.identity.execution and execution not in resident.consumed.recalled:
                    wanted[id_, execution] = resident
        return [(resident, execution) for (_, execution), resident in wanted.items()]

    def starts(self, instance_id: str, items: list[Item]) -> bool:
        """Tell whether these messages may start an instance that is not in memory.

        On trust first: the commit finds out whether it is new. Once it was looked for and not found, only a start
        without a head may; the head of the other is gone. The start of a purged run starts nothing.
        """
        first = start_of(items)
        if first is None:
            return False
        grave = self._graves.get(instance_id)
        if grave is not None and run_id(first.id) == grave.tombstone.run:
            return False
        looked_for = instance_id in self._must_load and instance_id not in self._faults
        return not (looked_for and first.head_etag is not None)

    def take(self) -> Iterator[tuple[str, list[Item]]]:
        """Give the messages of this round; what is too large for one turn stays for the next."""
        todo, self.todo = self.todo, {}
        for instance_id, items in todo.items():
            fitting = _fitting(items)
            self._taken[instance_id] = items[:fitting]
            if items[fitting:]:
                self.todo[instance_id] = items[fitting:]
            yield instance_id, items[:fitting]

    def again(self, commit: Commit) -> list[Plan]:
        """Put back what was not committed; gives the plans that failed."""
        for plan in commit.conflicted:
            instance_id = plan.resident.identity.instance_id
            if instance_id in self._must_load and instance_id not in self._graves:
                self._hopeless[instance_id] = DAMAGED
            self._put_back(instance_id)
        for plan, why in commit.refused:
            self.block(plan.resident.identity.instance_id, why)
        self._must_load -= {plan.resident.identity.instance_id for plan in commit.committed}
        return [*commit.conflicted, *(plan for plan, _ in commit.refused)]

    def bury(self, grave: Grave) -> None:
        """Remember that an instance was read and found purged."""
        self._graves[grave.tombstone.instance_id] = grave

    def grave_of(self, instance_id: str) -> Grave | None:
        """Give the grave that was found for an instance in this receive."""
        return self._graves.get(instance_id)

    def park(self, instance_id: str, parked: list[InstanceMessage]) -> None:
        """Remember what was read of events that came before their instance."""
        self._parked[instance_id] = parked

    def parked_of(self, instance_id: str) -> list[InstanceMessage]:
        """Give the events that came before an instance, for its first turn."""
        return self._parked.get(instance_id, [])

    def reload(self, instance_id: str) -> bool:
        """Ask for an instance to be read again since a message is ahead of it; once, then what is there is true."""
        if instance_id in self._reloaded:
            return False
        self._reloaded.add(instance_id)
        self._put_back(instance_id)
        return True

    def block(self, instance_id: str, fault: str) -> None:
        """Ask for an instance to be read again and blocked; once that was tried, its messages are hopeless."""
        (self._hopeless if instance_id in self._blocked else self._faults)[instance_id] = fault
        self._blocked.add(instance_id)
        self._put_back(instance_id)

    def fail(self, instance_id: str, fault: str) -> None:
        """Have an instance blocked in this round, with the messages that came for it."""
        self._faults[instance_id] = fault

    def fault_of(self, instance_id: str) -> str | None:
        """Tell why an instance is to be blocked in this round, if it is."""
        return self._faults.pop(instance_id, None)

    def refuse_hopeless(self, instance_id: str, items: list[Item]) -> Triaged | None:
        """Send messages that not even a blocked turn could record to the dead-letter queue."""
        fault = self._hopeless.pop(instance_id, None)
        if fault is None:
            return None
        refused = [Refused(item.delivery, "Unrecordable", fault) for item in items]
        return Triaged(refused=refused)

    def go_on(self, instance_id: str, items: list[Item]) -> None:
        """Let messages be sorted again, in the next round, before those that wait for it."""
        self.todo[instance_id] = items + self.todo.get(instance_id, [])

    def continues(self, instance_id: str, items: list[Item]) -> bool:
        """Let the next execution follow in the next round, or in the next receive; tells which: it has had enough."""
        count = self._executions[instance_id] = self._executions.get(instance_id, 0) + 1
        if count <= EXECUTIONS_MAX:
            self.go_on(instance_id, items)
            return True
        self.later[instance_id] = items + self.todo.pop(instance_id, [])
        return False

    def leave(self, instance_id: str) -> None:
        """Leave the messages of an instance as they are: unsettled, for an owner that can read it."""
        self.todo.pop(instance_id, None)

    def _is_absent(self, instance_id: str, items: list[Item], residents: Residents) -> bool:
        resident = residents.get(instance_id)
        if resident is None:
            return not self.starts(instance_id, items)
        return resident.instance is None and resident.may_reopen and self.reopens(instance_id)

    def _put_back(self, instance_id: str) -> None:
        self.todo[instance_id] = self._taken[instance_id] + self.todo.get(instance_id, [])
        self._must_load.add(instance_id)


def start_of(items: list[Item]) -> InstanceMessage | None:
    """Give the first start of a run among messages, if there is one."""
    return next(
        (item.message for item in items if isinstance(item.message.event, SagaStarted) and not item.message.run), None
    )


def start_first(items: list[Item]) -> list[Item]:
    """Put the first start before what came earlier for an instance that was not there."""
    start = start_of(items)
    return sorted(items, key=lambda item: item.message is not start)


def _fitting(items: list[Item]) -> int:
    size = 0
    for count, item in enumerate(items):
        size += len(item.delivery.body)
        if size > INBOX_BYTES_MAX and count > 0:
            return count
    return len(items)
