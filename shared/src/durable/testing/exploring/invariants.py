"""What must hold of every run, whatever went wrong in it.

Each check is a sentence; `CHECKS` is all of them. A check raises `AssertionError` with what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from durable.events import ActivityScheduled, CompensationRegistered
from durable.ids import idempotency_key
from durable.testing.exploring.evidence import Evidence, Found
from orchestrator.engine import Identity, Instance
from orchestrator.host.outbox import Origin, messages_of
from orchestrator.records import TurnRecord, history_of

Check = Callable[[Evidence], None]
_FOR_OTHERS = frozenset({"lifecycle", "event", "outcome"})


def every_instance_ends(evidence: Evidence) -> None:
    """Whatever goes wrong, each instance comes to an end."""
    assert evidence.instances, "expected an instance; found none: its start was lost"
    for id_, found in evidence.instances.items():
        status = found.head.status
        assert status.ended, (
            f"expected instance {id_!r} to end; it is {status} and waits for {_waiting(evidence, found)}"
        )


def histories_have_no_gaps(evidence: Evidence) -> None:
    """Turns and events are numbered from 1 without gaps, in each execution."""
    for where, turns in _executions(evidence):
        assert [turn.sequence for turn in turns] == list(range(1, len(turns) + 1)), f"turns are missing in {where}"
        events = history_of(turns)
        numbers = [event.sequence for event in events]
        assert numbers == list(range(1, len(events) + 1)), f"events are missing in {where}: {numbers}"
        assert len({turn.run for turn in turns}) == 1, f"two runs wrote {where}"


def no_message_is_taken_twice(evidence: Evidence) -> None:
    """A message leaves one event, however often it came."""
    for where, turns in _executions(evidence):
        ids = [event.message_id for event in history_of(turns) if event.message_id is not None]
        twice = {id_ for id_ in ids if ids.count(id_) > 1}
        assert not twice, f"messages were taken twice in {where}: {sorted(twice)}"


def histories_replay(evidence: Evidence) -> None:
    """The code takes the same decisions again over every stored history."""
    for id_, found in evidence.instances.items():
        for execution, turns in found.executions.items():
            identity = Identity(id_, turns[0].run, execution)
            instance = Instance.replay(identity, evidence.setup, history_of(turns))
            mismatch, status = instance.mismatch, instance.status
            instance.close()
            assert mismatch is None, f"execution {execution} of {id_!r} does not replay: {mismatch}"
            if execution == found.head.execution:
                said = found.head.status
                assert status is said, f"the head of {id_!r} says {said}; its history says {status}"


def nothing_is_left_in_queues(evidence: Evidence) -> None:
    """Every message was settled."""
    for queue, left in evidence.left.items():
        assert not left, f"messages were left in {queue}: {', '.join(left)}"


def what_others_must_hear_was_sent(evidence: Evidence) -> None:
    """What a committed turn tells others reached the broker; what is for its own tasks shows by its end."""
    for found in evidence.instances.values():
        for turn in found.turns:
            for entry in turn.outbox:
                event = turn.events[entry[1]]
                if entry[0] not in _FOR_OTHERS and getattr(event, "on_parent_end", None) != "abandon":
                    continue
                for destination, message in messages_of(_origin(found, turn), turn.events, (entry,)):
                    assert message.id in evidence.accepted, (
                        f"{type(event).__name__} of turn {turn.sequence} of {turn.instance_id!r} was committed and "
                        f"never sent to {destination}"
                    )


def no_effect_without_a_commit(evidence: Evidence) -> None:
    """A handler runs only for a call that stands in a history."""
    scheduled = {
        idempotency_key(turn.instance_id, turn.run, turn.execution, event.task_id)
        for found in evidence.instances.values()
        for turn in found.turns
        for event in turn.events
        if isinstance(event, ActivityScheduled)
    }
    for effect in evidence.effects:
        assert effect.idempotency_key in scheduled, f"{effect.activity} ran for a call that no history has"


def undos_run_last_first(evidence: Evidence) -> None:
    """What was done last is undone first; undos of one group have no order among themselves."""
    for where, turns in _executions(evidence):
        events = history_of(turns)
        group = {event.task_id: event.group for event in events if isinstance(event, CompensationRegistered)}
        ran = [
            event.compensates
            for event in events
            if isinstance(event, ActivityScheduled) and event.compensates is not None and event.attempt == 1
        ]
        for first, then in pairwise(ran):
            same = group.get(first) is not None and group.get(first) == group.get(then)
            assert same or then < first, f"undo of {then} came after that of {first} in {where}; expected before"


CHECKS: tuple[Check, ...] = (
    every_instance_ends,
    histories_have_no_gaps,
    no_message_is_taken_twice,
    histories_replay,
    nothing_is_left_in_queues,
    what_others_must_hear_was_sent,
    no_effect_without_a_commit,
    undos_run_last_first,
)


def _waiting(evidence: Evidence, found: Found) -> str:
    head = found.head
    present = history_of(found.executions.get(head.execution, []))
    instance = Instance.replay(Identity(head.instance_id, head.run, head.execution), evidence.setup, present)
    waiting = [f"{one.kind} {one.label or one.name}" for one in instance.waiting]
    instance.close()
    return ", ".join(waiting) or "nothing"


def _executions(evidence: Evidence) -> Iterator[tuple[str, list[TurnRecord]]]:
    for id_, found in evidence.instances.items():
        for execution, turns in found.executions.items():
            yield f"execution {execution} of {id_!r}", turns


def _origin(found: Found, turn: TurnRecord) -> Origin:
    head = found.head
    return Origin(
        identity=Identity(turn.instance_id, turn.run, turn.execution),
        saga=head.saga,
        partition=head.partition,
        partition_count=1,
        root_id=head.root_id or head.instance_id,
        parent=head.parent,
        trace=head.trace,
    )
