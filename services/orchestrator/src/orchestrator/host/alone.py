"""Commits a turn that no round does: of an execution that takes the history of another over."""

from __future__ import annotations

from durable.errors import WriteUncertain
from durable.messages import INSTANCES
from durable.vault import sealed_message
from orchestrator.host.executions import continue_as_new
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.plans import Plan, settle_plan
from orchestrator.host.saga_logs import log_lines
from orchestrator.host.sealing import messages_of_plan, seal_plans


async def commit_alone(plan: Plan, grounds: Grounds) -> Done:
    """Make a turn durable and its instance a resident, and give its messages.

    Raises:
        WriteUncertain: another owner has written it; what is there must be read again.
        ValueError: the store does not take it.
        OwnershipLost: another host has taken the partition over.
    """
    await seal_plans(grounds.vault, [plan])
    commit = await grounds.committer.commit([plan], grounds.nonce())
    resident, id_ = plan.resident, plan.resident.identity.instance_id
    if commit.conflicted:
        raise WriteUncertain(f"expected execution {resident.identity.execution} of instance {id_!r} to be new")
    if commit.refused:
        raise ValueError(f"instance {id_!r} can't be stored so: {commit.refused[0][1]}")
    settle_plan(plan)
    messages = await messages_of_plan(grounds.vault, resident.origin(grounds.partition_count), plan)
    log_lines(resident, plan.turn.logs)
    following = getattr(resident.instance, "next_start", None)
    if following is not None:
        continue_as_new(resident, following, grounds.setup)
        assert resident.pending_start is not None
        start = await sealed_message(grounds.vault, resident.pending_start, resident.partition)
        messages.append((INSTANCES, start))
    grounds.residents.keep(resident)
    return Done(messages)
