"""What makes vectors of texts: the interface of its providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector of length one, and the model that made it."""

    vector: Sequence[float]
    model: str


class Embeddings(Protocol):
    """Makes vectors of which those of similar texts are near each other."""

    async def embed(self, text: str, model: str | None) -> Embedding:
        """Make the vector of a text, by this model or, for `None`, by the deployment's.

        Raises:
            NonRetryable: there is no such model, or it does not take the text.
            RetryAfter: the provider is busy and says until when.
            TransientError: it did not answer, or not in a way that can be read.
        """
