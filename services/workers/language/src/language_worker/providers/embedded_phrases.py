"""Key phrases without a model: runs of words between stop words and signs, by how often their words stand in runs.

It is the method known as RAKE. Languages that write without spaces between words are not served by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import stopwordsiso

from durable import NonRetryable

PHRASES_MAX = 10
WORDS_OF_A_PHRASE_MAX = 4
_WITHOUT_SPACES = frozenset({"ja", "th", "zh"})
# A word, or a sign that ends a run of words.
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*|[^\s\w]|\n{2,}")


def key_phrases_of(text: str, language: str) -> list[str]:
    """Find the phrases that say most, `PHRASES_MAX` at most, the first one first, as the text writes them.

    Raises:
        NonRetryable: there are no stop words of the language.
    """
    known = _languages()
    if language not in known:
        raise NonRetryable(f"expected one of the languages {', '.join(known)} for key phrases; found {language!r}")
    runs = list(_runs(text, _stop_words(language)))
    count = Counter(word.casefold() for run in runs for word in run)
    # How many words stand in the runs of a word: words of long runs say more than those that stand alone.
    degree: Counter[str] = Counter()
    for run in runs:
        for word in run:
            degree[word.casefold()] += len(run)
    weights: dict[str, float] = {}
    written: dict[str, str] = {}
    for run in runs:
        phrase = " ".join(run)
        written.setdefault(phrase.casefold(), phrase)
        weights.setdefault(phrase.casefold(), sum(degree[word] / count[word] for word in map(str.casefold, run)))
    # Of the same weight, what comes first in the text: sorting keeps the order.
    ranked = sorted(weights, key=lambda phrase: -weights[phrase])
    return [written[phrase] for phrase in ranked[:PHRASES_MAX]]


def _runs(text: str, stop_words: frozenset[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for token in (*_TOKEN.findall(_ADDRESS.sub(".", text)), "."):
        if token[0].isalnum() and not token.isdecimal() and token.casefold() not in stop_words and len(token) > 1:
            run.append(token)
            continue
        if 0 < len(run) <= WORDS_OF_A_PHRASE_MAX:
            yield run
        run = []


@lru_cache(maxsize=1)
def _languages() -> tuple[str, ...]:
    return tuple(sorted(set(stopwordsiso.langs()) - _WITHOUT_SPACES))


@lru_cache(maxsize=8)
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in stopwordsiso.stopwords(language))
