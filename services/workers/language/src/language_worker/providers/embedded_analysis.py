"""Analysis without a service: sentiment by the VADER lexicon, key phrases by YAKE, entities by patterns.

1. All of it is deterministic, and ships in the wheels; nothing is downloaded.
2. What it can't do is refused, never guessed: the lexicon is English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yake
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from contracts.language import AnalyzeText, Sentiment, SentimentScores, TextAnalysis
from durable import NonRetryable
from durable.worker.threads import Threads
from language_worker.providers.embedded_entities import entities_of

PHRASES_MAX = 10
WORDS_OF_A_PHRASE_MAX = 3
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
        key_phrases=_key_phrases_of(asked.text, language) if "key-phrases" in asked.operations else None,
        entities=entities_of(asked.text) if "entities" in asked.operations else None,
    )


def _sentiment_of(text: str, language: str) -> Sentiment:
    if language != "en":
        raise NonRetryable(
            f"expected text in English ('en'), the language of the embedded lexicon; found {language!r}: "
            "ask without sentiment, or set ANALYSIS_PROVIDER=azure"
        )
    scores = _lexicon().polarity_scores(text)
    sounds = {_label(sentence) for sentence in _SENTENCE_END.split(text)} - {"neutral"}
    return Sentiment(
        label="mixed" if len(sounds) > 1 else _label(text),
        scores=SentimentScores(positive=scores["pos"], neutral=scores["neu"], negative=scores["neg"]),
    )


def _label(text: str) -> Literal["positive", "neutral", "negative"]:
    compound = _lexicon().polarity_scores(text)["compound"]
    return "positive" if compound >= _CLEAR else "negative" if compound <= -_CLEAR else "neutral"


def _key_phrases_of(text: str, language: str) -> list[str]:
    known = _languages()
    if language not in known:
        raise NonRetryable(f"expected one of the languages {', '.join(known)} for key phrases; found {language!r}")
    ranked = yake.KeywordExtractor(lan=language, n=WORDS_OF_A_PHRASE_MAX, top=PHRASES_MAX).extract_keywords(text)
    return [phrase for phrase, _ in ranked]


@lru_cache(maxsize=1)
def _lexicon() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@lru_cache(maxsize=1)
def _languages() -> tuple[str, ...]:
    lists = (files("yake") / "core" / "StopwordsList").iterdir()
    found = (re.fullmatch(r"stopwords_([a-z]{2})\.txt", stopwords.name) for stopwords in lists)
    return tuple(sorted(match[1] for match in found if match))
