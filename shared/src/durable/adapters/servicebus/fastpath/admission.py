"""Why the token node of the broker let nobody in: an entity that does not exist is refused there already.

The SDK drops the condition of such a refusal and tells all of them alike, as a token that was refused.
"""

from __future__ import annotations

from typing import Any

from azure.servicebus._pyamqp.error import TokenAuthFailure

from durable.adapters.servicebus.failures import error_of
from durable.adapters.servicebus.fastpath.values import decoded


class Admission:
    """What the token node says to one connection that is being opened."""

    def __init__(self, handler: Any) -> None:
        """Listen to the answers; `handler` is the SDK's, opened and not yet ready."""
        authenticator = handler._cbs_authenticator
        told = authenticator._on_execute_operation_complete
        self._handler = handler
        self._condition: bytes | str | None = None
        self._description: Any = None

        async def listen(result: Any, code: Any, description: Any, message: Any, condition: Any = None) -> None:
            self._condition, self._description = condition, description
            await told(result, code, description, message, condition)

        authenticator._on_execute_operation_complete = listen

    async def wait(self) -> None:
        """Wait until the connection may attach.

        Raises:
            DurableError: it may not; `UnknownDestination` if there is no such entity.
        """
        try:
            while not await self._handler.client_ready_async():
                pass
        except TokenAuthFailure as error:
            raise error_of(self._condition, f"the token was refused: {decoded(self._description)}") from error
