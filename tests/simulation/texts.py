"""What the workers of the sagas about texts do at every crash point: nothing lies at a target, all is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.language import (
    ANALYZE_TEXT,
    EMBED_TEXT,
    WRITE_ANALYSES,
    AnalyzeText,
    EmbedText,
    TextAnalysis,
    TextEmbeddingRequested,
    TextsReceived,
    TextsToAnalyze,
    WriteAnalyses,
    WrittenAnalyses,
    WrittenEmbedding,
)
from contracts.locations import Location
from contracts.storage import DELETE_LOCATIONS, FIND_OBJECT, DeletedLocations, DeleteLocations, FindObject, FoundObject
from durable import NonRetryable

TARGET = Location(name="out/texts")
TEXTS = TextsReceived(target=TARGET, requests=[TextsToAnalyze(operations=["key-phrases"], texts=["a", "b"])])
TEXT = TextEmbeddingRequested(text="a", target=TARGET)


def _analyze(request: AnalyzeText) -> TextAnalysis:
    return TextAnalysis(key_phrases=[request.text])


def _write(request: WriteAnalyses) -> WrittenAnalyses:
    return WrittenAnalyses(object=request.target, size=1, texts=len(request.results), failed=0)


def _write_nothing(request: WriteAnalyses) -> WrittenAnalyses:
    raise NonRetryable(f"there is no store {request.target.store!r}")


def _embed(request: EmbedText) -> WrittenEmbedding:
    return WrittenEmbedding(object=request.target, size=1, model="m", dimensions=3)


def _find(_: FindObject) -> FoundObject:
    return FoundObject(size=None)


def _delete(request: DeleteLocations) -> DeletedLocations:
    return DeletedLocations(count=len(request.objects))


Handlers = Mapping[Any, Callable[[Any], Any]]
STORE: Handlers = {FIND_OBJECT: _find, DELETE_LOCATIONS: _delete}
WRITTEN: Handlers = {ANALYZE_TEXT: _analyze, WRITE_ANALYSES: _write, **STORE}
NOT_WRITTEN: Handlers = {ANALYZE_TEXT: _analyze, WRITE_ANALYSES: _write_nothing, **STORE}
EMBEDDED: Handlers = {EMBED_TEXT: _embed, **STORE}
