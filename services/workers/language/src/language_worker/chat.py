"""What completes prompts: the interface of its providers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from contracts.language import Tokens
from language_worker.prompts.filling import FilledPrompt


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a completion is made: by which model (`None`: the deployment's), how long, how daring."""

    model: str | None = None
    max_tokens: int = 1_024
    temperature: float = 0.1
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion; `length` says that it was cut short by `max_tokens`."""

    text: str
    model: str
    finish_reason: Literal["stop", "length"]
    tokens: Tokens


class Chat(Protocol):
    """Completes filled prompts."""

    async def complete(self, prompt: FilledPrompt, sampling: Sampling) -> Completion:
        """Complete a prompt.

        Raises:
            NonRetryable: there is no such model, or it does not take the prompt, or its content filter said no.
            RetryAfter: the provider is busy and says until when.
            TransientError: it did not answer, or not in a way that can be read, or with nothing.
        """
