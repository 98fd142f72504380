"""Analysis without a service: sentiment by the VADER lexicon, key phrases by word counts, entities by patterns.

1. All of it is deterministic, and ships in the wheels; nothing is downloaded.
2. What it can't do is refused, never guessed: the lexicon is English.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from contracts.language import AnalyzeText, Sentiment, SentimentScores, TextAnalysis
from durable import NonRetryable
from durable.worker.threads import Threads
from language_worker.providers.embedded_entities import entities_of
from language_worker.providers.embedded_phrases import key_phrases_of

PIECE_CHARACTERS = 200
_CLEAR = 0.05
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])|\n+")


class EmbeddedAnalysis:
    """Analyses texts in threads of this process."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def analyze(self, asked: AnalyzeText) -> TextAnalysis:
        return await self._threads.run(analysis_of, asked)


def analysis_of(asked: AnalyzeText) -> TextAnalysis:
    """Do the operations that are asked for.

    Raises:
        NonRetryable: one of them does not know the language.
    """
    language = asked.language.partition("-")[0]
    return TextAnalysis(
        sentiment=_sentiment_of(asked.text, language) if "sentiment" in asked.operations else None,
        key_phrases=key_phrases_of(asked.text, language) if "key-phrases" in asked.operations else None,
        entities=entities_of(asked.text) if "entities" in asked.operations else None,
    )


def _sentiment_of(text: str, language: str) -> Sentiment:
    if language != "en":
        raise NonRetryable(
            f"expected text in English ('en'), the language of the embedded lexicon; found {language!r}: "
            "ask without sentiment, or set ANALYSIS_PROVIDER=azure"
        )
    sentences = [score for score in map(_lexicon().polarity_scores, _sentences(text)) if any(score.values())]
    weights = [(score["pos"], score["neu"], score["neg"]) for score in sentences] or [(0.0, 1.0, 0.0)]
    positive, neutral, negative = (sum(column) / len(weights) for column in zip(*weights, strict=True))
    scores = SentimentScores(positive=min(positive, 1), neutral=min(neutral, 1), negative=min(negative, 1))
    return Sentiment(label=_label([score["compound"] for score in sentences]), scores=scores)


def _label(compounds: Sequence[float]) -> Literal["positive", "neutral", "negative", "mixed"]:
    """Label a text by its sentences, by the rule of Azure AI Language."""
    positive = any(compound >= _CLEAR for compound in compounds)
    negative = any(compound <= -_CLEAR for compound in compounds)
    if positive and negative:
        return "mixed"
    return "positive" if positive else "negative" if negative else "neutral"


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        # The lexicon's time grows with the square of the words that it is given: 5 s for 5,120 emoji in one piece.
        yield from textwrap.wrap(sentence, PIECE_CHARACTERS, break_on_hyphens=False)


@lru_cache(maxsize=1)
def _lexicon() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
