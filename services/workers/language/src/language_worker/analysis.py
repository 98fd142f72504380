"""What analyses texts: the interface of its providers."""

from __future__ import annotations

from typing import Protocol

from contracts.language import AnalyzeText, TextAnalysis


class Analysis(Protocol):
    """Finds sentiment, key phrases and entities."""

    async def analyze(self, asked: AnalyzeText) -> TextAnalysis:
        """Do the operations that are asked for, and no other.

        Raises:
            NonRetryable: the provider does not take the text, its language or an operation.
            RetryAfter: it is busy and says until when.
            TransientError: it did not answer, or not in a way that can be read.
        """
