"""Analysis by Azure AI Language, with the vendor's SDK.

1. The SDK asks once: whether and when it is asked again is for the saga's policy to say.
2. The service is asked to keep no logs of the texts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from azure.ai.textanalytics import AnalyzeSentimentResult, ExtractKeyPhrasesResult, RecognizeEntitiesResult
from azure.ai.textanalytics.aio import TextAnalyticsClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from contracts.language import AnalyzeText, Entity, Operation, Sentiment, SentimentScores, TextAnalysis
from durable import NonRetryable
from durable.errors import TransientError
from durable.ports import Clock
from language_worker.providers.waiting import refused

SERVICE = "Azure AI Language"
# What the service says of a document that another attempt may serve.
_PASSING = frozenset({"InternalServerError", "ServiceUnavailable", "Timeout", "TooManyRequests"})
_UNREADABLE = (DecodeError, DeserializationError, AttributeError, LookupError, TypeError, ValueError)


def azure_analysis(
    endpoint: str, seconds: float
) -> Callable[[AsyncTokenCredential, Clock], AsyncIterator[AzureAnalysis]]:
    """Give what makes the provider for this resource, and closes its connections."""

    async def provider(credential: AsyncTokenCredential, clock: Clock) -> AsyncIterator[AzureAnalysis]:
        client = TextAnalyticsClient(
            endpoint, credential, retry_total=0, connection_timeout=seconds, read_timeout=seconds
        )
        async with client:
            # Settings let plain HTTP through for this machine alone.
            yield AzureAnalysis(client, clock, {"enforce_https": endpoint.startswith("https://")})

    return provider


class AzureAnalysis:
    """Asks a resource of Azure AI Language, for each operation once."""

    def __init__(self, client: TextAnalyticsClient, clock: Clock, options: dict[str, Any]) -> None:
        self._client = client
        self._clock = clock
        self._options = {"disable_service_logs": True, "string_index_type": "UnicodeCodePoint", **options}

    async def analyze(self, asked: AnalyzeText) -> TextAnalysis:
        answers = await asyncio.gather(*(self._ask(operation, asked) for operation in asked.operations))
        fields: dict[str, Any] = {}
        with self._telling():
            for answer in answers:
                fields |= _read(answer)
        return TextAnalysis(**fields)

    async def _ask(self, operation: Operation, asked: AnalyzeText) -> Any:
        calls: dict[Operation, Callable[..., Awaitable[Sequence[Any]]]] = {
            "sentiment": self._client.analyze_sentiment,
            "key-phrases": self._client.extract_key_phrases,
            "entities": self._client.recognize_entities,
        }
        options = dict(self._options)
        if operation == "key-phrases":
            del options["string_index_type"]  # There are no offsets in its answer.
        with self._telling():
            (answer,) = await calls[operation]([asked.text], language=asked.language, **options)
            if answer.is_error:
                _refuse_document(answer.error.code, operation)
            return answer

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except _UNREADABLE as error:
            raise _unreadable(error) from None
        except (ServiceRequestError, ServiceResponseError) as error:
            raise TransientError(f"expected {SERVICE} to answer; it did not: {type(error).__name__}") from error
        except HttpResponseError as error:
            if error.response is None or error.status_code is None:
                raise TransientError(
                    f"expected an identity for {SERVICE}; found none: {type(error).__name__}"
                ) from None
            if error.status_code < 400:
                raise _unreadable(error) from None
            code = error.error.code if error.error is not None else None
            headers = getattr(error.response, "headers", {})
            told = refused(SERVICE, error.status_code, headers, code=code, now=self._clock.now())
            raise told from None
        except AzureError as error:
            raise TransientError(f"expected {SERVICE} to answer; it did not: {type(error).__name__}") from error


def _refuse_document(code: str, operation: Operation) -> None:
    told = f"expected {SERVICE} to take the text for {operation}; it answered {code[:80]}"
    raise TransientError(told) if code in _PASSING else NonRetryable(told)


def _read(answer: Any) -> dict[str, Any]:
    if isinstance(answer, AnalyzeSentimentResult):
        scores = answer.confidence_scores
        read = SentimentScores(positive=scores.positive, neutral=scores.neutral, negative=scores.negative)
        return {"sentiment": Sentiment.model_validate({"label": answer.sentiment, "scores": read})}
    if isinstance(answer, ExtractKeyPhrasesResult):
        return {"key_phrases": list(answer.key_phrases)}
    if not isinstance(answer, RecognizeEntitiesResult):
        raise TypeError(f"expected an answer to one of three operations; found {type(answer).__name__}")
    return {
        "entities": [
            Entity(
                text=entity.text,
                type=entity.category,
                offset=entity.offset,
                length=entity.length,
                confidence=entity.confidence_score,
            )
            for entity in answer.entities
        ]
    }


def _unreadable(error: Exception) -> TransientError:
    # By its type alone: its message may hold what the service sent, and so parts of the text.
    return TransientError(f"expected an answer of {SERVICE}; found one that can't be read: {type(error).__name__}")
