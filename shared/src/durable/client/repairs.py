"""Puts right what went wrong with instances, and removes them."""

from __future__ import annotations

from durable.client.part import Part, instance_path
from durable.errors import NotFound


class Repairs(Part):
    """The verbs of operators. Those that make an ended instance go on return once its owner has taken them.

    Raises (every method):
        InvalidState: the instance is in no state for it; says where it stands and what is possible.
        ServiceUnavailable: asked for, but not taken within the client's patience.
    """

    async def retry(self, instance_id: str, reason: str = "") -> None:
        """Run again what an instance failed at: the step of one that is `Failed`, or the undos that failed."""
        await self._until_taken(instance_id, await self._tell("retry", instance_id, reason=reason or None))

    async def skip(self, instance_id: str, task_id: int, reason: str) -> None:
        """Settle an undo that failed, by hand; `task_id` is its registration, as the end of the history lists it.

        Raises:
            InvalidInput: no reason is given, or the task is no undo that failed.
        """
        query = {"task_id": str(task_id), "reason": reason}
        await self._ask("POST", instance_path(instance_id, "skip"), query)

    async def unblock(self, instance_id: str, reason: str = "") -> None:
        """Have a blocked instance tried again with the code that there is now; it may be blocked again."""
        await self._tell("unblock", instance_id, reason=reason or None)

    async def rewind(self, instance_id: str, to: int, reason: str = "") -> None:
        """Take the present execution of an instance up again from before event `to`, a sequence of its history."""
        judged = await self._tell("rewind", instance_id, to=str(to), reason=reason or None)
        await self._until_taken(instance_id, judged)

    async def purge(self, instance_id: str) -> None:
        """Delete an instance that has ended, with all its records."""
        await self._ask("POST", instance_path(instance_id, "purge"))

        async def is_gone() -> bool:
            try:
                await self._ask("GET", instance_path(instance_id))
            except NotFound:
                return True
            return False

        await self._until(is_gone, f"instance {instance_id!r} to be deleted")
