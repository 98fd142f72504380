"""Sentences picked out of a text: those that say most of it, or that answer a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from language_worker.prompts.filling import Value

NO_ANSWER = "not in the text"
SENTENCES_MAX = 2_000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])|\n{2,}")
_WORD = re.compile(r"\w{4,}")


def summary_of(values: Mapping[str, Value]) -> str:
    """Pick the sentences whose words come up most in the text, in their order."""
    sentences = _sentences(str(values["document"]))
    often = Counter(word for sentence in sentences for word in _words(sentence))

    def weight(number: int) -> float:
        words = _words(sentences[number])
        # By its root, so that a long sentence does not win by its length alone.
        return sum(often[word] for word in words) / math.sqrt(len(words)) if words else 0

    count = int(min(max(float(values["sentences"]), 1), SENTENCES_MAX))
    picked = sorted(range(len(sentences)), key=lambda number: (-weight(number), number))[:count]
    return " ".join(sentences[number] for number in sorted(picked))


def answer_of(values: Mapping[str, Value]) -> str:
    """Pick the sentence that has most words of the question; `NO_ANSWER` if none has one."""
    asked = _words(str(values["question"]))
    best, shared = NO_ANSWER, 0
    for sentence in _sentences(str(values["document"])):
        found = len(asked & _words(sentence))
        if found > shared:
            best, shared = sentence, found
    return best


def _sentences(text: str) -> list[str]:
    sentences = (" ".join(sentence.split()) for sentence in _SENTENCE_END.split(text.strip()))
    return [sentence for sentence in sentences if sentence][:SENTENCES_MAX]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
