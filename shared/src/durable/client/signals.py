"""Tells instances something: an event, a wish to end, an end, a halt, that they may go on."""

from __future__ import annotations

import secrets

from durable.client.part import Part, instance_path, json_of
from durable.client.transport import Call


class Signals(Part):
    """The verbs by which an instance is told something.

    They return once it is on its way; whether the instance takes it stands in its history.

    Raises (every method):
        AlreadyEnded: the instance takes nothing more. If a first try was cut off, it may be that try which ended it.
    """

    async def raise_event(
        self, instance_id: str, name: str, payload: object = None, *, event_id: str | None = None
    ) -> None:
        """Raise an event to an instance; the same `event_id` is taken once, however late it is sent again."""
        query = {"event_id": secrets.token_hex(16) if event_id is None else event_id}
        await self._ask_with(Call("POST", instance_path(instance_id, "events", name), query, json_of(payload)))

    async def cancel(self, instance_id: str, reason: str = "") -> None:
        """Ask an instance to end: `Cancelled` is raised in its code, which decides how."""
        await self._tell("cancel", instance_id, reason=reason or None)

    async def terminate(self, instance_id: str, reason: str = "", *, recursive: bool = False) -> None:
        """End an instance at once; nothing is undone. `recursive`: and all its children."""
        query = {"reason": reason or None, "recursive": "true" if recursive else None}
        await self._ask("POST", instance_path(instance_id, "terminate"), query)

    async def suspend(self, instance_id: str, reason: str = "") -> None:
        """Halt an instance: what comes from here on is kept, and taken when it is resumed.

        Raises:
            InvalidState: it is blocked.
        """
        await self._tell("suspend", instance_id, reason=reason or None)

    async def resume(self, instance_id: str, reason: str = "") -> None:
        """Let a suspended instance go on.

        Raises:
            InvalidState: it is not suspended.
        """
        await self._tell("resume", instance_id, reason=reason or None)
