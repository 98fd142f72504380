"""The answer to a command that no worker will give: it can't be sent, or was given up."""

from __future__ import annotations

from durable.events import ActivityFailed
from durable.failure import Failure
from durable.ids import message_id, task_subject
from durable.messages import Command, InstanceMessage, Message


def failed_command(command: Command, failure: Failure) -> Message:
    """Give the completion that fails an attempt; its id is that of a worker's own failure, so that one is taken."""
    subject = task_subject(command.execution, command.task_id)
    id_ = message_id(command.instance_id, command.run, "ActivityFailed", subject, command.attempt)
    failed = ActivityFailed(
        message_id=id_,
        task_id=command.task_id,
        name=command.activity,
        attempt=command.attempt,
        failure=failure,
    )
    answer = InstanceMessage(id_, command.instance_id, failed, command.run, command.execution, None, command.trace)
    return answer.to_message(command.reply_session)
