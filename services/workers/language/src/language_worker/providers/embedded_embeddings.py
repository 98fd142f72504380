"""Embeddings without a model: words and their parts, hashed into so many dimensions.

1. Texts that share words, or words of one stem, are near each other; what words mean is not known here.
2. The vector of a text is the same on every machine and for ever: a change of the method is a model of another name.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from durable import NonRetryable
from durable.worker.threads import Threads
from language_worker.embeddings import Embedding

MODELS = {"hashed-256-v1": 256, "hashed-1024-v1": 1024}
DEFAULT = "hashed-256-v1"
PART_LENGTHS = (3, 4, 5)
# A word weighs more than any of its parts, which are many.
_WORD_WEIGHT, _PART_WEIGHT = 1.0, 0.3
_WORD = re.compile(r"\w+")


class EmbeddedEmbeddings:
    """Makes vectors in threads of this process."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def embed(self, text: str, model: str | None) -> Embedding:
        name = model or DEFAULT
        dimensions = MODELS.get(name)
        if dimensions is None:
            raise NonRetryable(f"expected one of the embedded models {', '.join(MODELS)}; found {name!r}")
        return Embedding(await self._threads.run(vector_of, text, dimensions), name)


def vector_of(text: str, dimensions: int) -> list[float]:
    """Make the vector of a text, of length one.

    Raises:
        NonRetryable: the text has no word.
    """
    words = Counter(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
    if not words:
        raise NonRetryable("expected text with words; found none")
    vector = [0.0] * dimensions
    for word, count in sorted(words.items()):
        # The tenth time that a word comes tells less than the first.
        often = 1 + math.log(count)
        for feature, weight in _features(word):
            digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest())
            vector[(digest >> 1) % dimensions] += often * weight * (1 if digest & 1 else -1)
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


def _features(word: str) -> Iterator[tuple[str, float]]:
    yield word, _WORD_WEIGHT
    framed = f"<{word[:64]}>"
    for size in PART_LENGTHS:
        for start in range(len(framed) - size + 1):
            yield f"{size}:{framed[start : start + size]}", _PART_WEIGHT
