"""What converts documents to Markdown: the interface of its providers."""

from __future__ import annotations

from typing import Protocol


class Converter(Protocol):
    """Makes Markdown of documents."""

    async def markdown(self, data: bytes, media_type: str) -> str:
        """Convert a document.

        Raises:
            NonRetryable: the provider does not take the type, the document is not of it or damaged, or holds no text.
            RetryAfter: the provider is busy and says until when.
            TransientError: it did not answer, or not in a way that can be read, or was not done in time.
        """
