"""The file of results: what was found in each text, as people and other programs read it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from contracts.language import AnalyzedText


def results_file(results: Sequence[AnalyzedText]) -> bytes:
    """Write results as `{"results": [{"originalText": …, "sentiment": …, "keyPhrases": …, "entities": …}, …]}`.

    What was not asked for is left out; a text that could not be analysed has `error` in place of all of it.
    """
    return orjson.dumps({"results": [_entry(result) for result in results]}, option=orjson.OPT_INDENT_2)


def _entry(result: AnalyzedText) -> dict[str, object]:
    entry: dict[str, object] = {"originalText": result.text}
    found = result.analysis
    if found is None:
        entry["error"] = result.failure or "not analysed"
        return entry
    if found.sentiment is not None:
        entry["sentiment"] = found.sentiment.label
        entry["scores"] = found.sentiment.scores.model_dump()
    if found.key_phrases is not None:
        entry["keyPhrases"] = found.key_phrases
    if found.entities is not None:
        entry["entities"] = [entity.model_dump() for entity in found.entities]
    return entry
