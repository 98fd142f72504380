"""Completes attempts from outside, by the token that `ctx.complete_later()` gave to the handler."""

from __future__ import annotations

from durable.client.part import Part, json_of, quoted
from durable.client.transport import Call
from durable.tokens import CompletionToken


class Completions(Part):
    """The verbs of whoever holds a token.

    Raises (every method):
        AlreadyEnded: the attempt has an outcome, or there is a later one, or its instance has ended or is gone. If a
            first try was cut off, it may be that try which completed it.
        InvalidToken: the token is none; nothing was sent.
    """

    async def complete(self, token: str, result: object = None) -> None:
        """Complete an attempt with a result; the first outcome counts."""
        await self._post(token, "", result)

    async def fail(
        self, token: str, type: str, message: str, *, details: object = None, retryable: bool = True
    ) -> None:
        """Have an attempt fail; `type` is what the saga sees as the class of the error."""
        said = {"type": type, "message": message, "details": details, "retryable": retryable}
        await self._post(token, "/fail", said)

    async def heartbeat(self, token: str, detail: object = None) -> None:
        """Say that an attempt is alive; the next attempt reads the last detail."""
        await self._post(token, "/heartbeat", detail)

    async def _post(self, token: str, rest: str, body: object) -> None:
        CompletionToken.decode(token)
        await self._ask_with(Call("POST", f"/completions/{quoted(token)}{rest}", None, json_of(body)))
