"""A local HTTP server that answers as Azure AI Language and Azure OpenAI do, for the real SDKs to speak to.

1. Shapes are those of the REST references (`:analyze-text` 2023-04-01, `/openai/v1/`) and of answers in public issues.
2. `script` says what is answered to the next requests; without it each is answered as the service would.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.support.azure_account import Account, Refusal, serving

DOCUMENT: Mapping[str, Mapping[str, Any]] = {
    "SentimentAnalysis": {
        "sentiment": "mixed",
        "confidenceScores": {"positive": 0.43, "neutral": 0.04, "negative": 0.53},
        "sentences": [
            {
                "sentiment": "negative",
                "confidenceScores": {"positive": 0.0, "neutral": 0.01, "negative": 0.99},
                "offset": 0,
                "length": 40,
                "text": "The food and service were unacceptable. ",
            }
        ],
    },
    "KeyPhraseExtraction": {"keyPhrases": ["food", "service"]},
    "EntityRecognition": {
        "entities": [
            {
                "text": "last week",
                "category": "DateTime",
                "subcategory": "DateRange",
                "offset": 18,
                "length": 9,
                "confidenceScore": 0.8,
            }
        ]
    },
}
CONTENT_FILTER = {
    "error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
        },
    }
}


def document_error(code: str) -> dict[str, Any]:
    """Give what the language service answers where it does not take a document."""
    inner = {"code": code, "message": "Invalid Language Code. Supported languages: en,de"}
    error = {"code": "InvalidArgument", "message": "Invalid document in request.", "innererror": inner}
    return {
        "kind": "SentimentAnalysisResults",
        "results": {"documents": [], "errors": [{"id": "0", "error": error}], "modelVersion": "2022-11-01"},
    }


@dataclass
class Scripted:
    """An answer; `seconds` is how long it takes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0


class Texts:
    """What the resources have seen, and what they are to answer.

    Attributes:
        bodies: the JSON of each request.
        finish_reason: how completions end.
        completion: what completions say; `None` for none.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.bodies: list[Any] = []
        self.finish_reason = "stop"
        self.completion: str | None = "It passed."
        self._scripted: deque[Scripted] = deque()

    def script(self, *answers: Scripted) -> None:
        """Answer the next requests so, one after the other."""
        self._scripted.extend(answers)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = orjson.loads(await request.read())
        self.bodies.append(asked)
        if self._scripted:
            scripted = self._scripted.popleft()
            await asyncio.sleep(scripted.seconds)
            body = scripted.body if isinstance(scripted.body, bytes) else orjson.dumps(scripted.body)
            headers = {"Content-Type": "application/json", **scripted.headers}
            return web.Response(status=scripted.status, body=body, headers=headers)
        if request.path == "/language/:analyze-text":
            return web.json_response(_analysed(asked))
        if request.path == "/openai/v1/embeddings":
            return web.json_response(_embedded(asked))
        assert request.path == "/openai/v1/chat/completions", request.path
        return web.json_response(self._completed(asked))

    def _completed(self, asked: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.completion, "refusal": None}
        safe = {"hate": {"filtered": False, "severity": "safe"}}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": self.finish_reason,
            "logprobs": None,
            "content_filter_results": safe,
        }
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": "gpt-4o-2024-11-20",
            "choices": [choice],
            "usage": {"prompt_tokens": 57, "completion_tokens": 3, "total_tokens": 60},
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": safe}],
        }


def _analysed(asked: Any) -> dict[str, Any]:
    documents = [
        {"id": document["id"], "warnings": [], **DOCUMENT[asked["kind"]]}
        for document in asked["analysisInput"]["documents"]
    ]
    results = {"documents": documents, "errors": [], "modelVersion": "2022-11-01"}
    return {"kind": f"{asked['kind']}Results", "results": results}


def _embedded(asked: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": 0, "embedding": [0.6, -0.8, 0.0]}]
    return {"object": "list", "data": data, "model": asked["model"], "usage": {"prompt_tokens": 5, "total_tokens": 5}}


@asynccontextmanager
async def azure_texts() -> AsyncIterator[Texts]:
    """Serve both resources at one address."""
    account = Account()
    texts = Texts(account)
    async with serving(account, texts.answer, _refused):
        yield texts


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response({"error": {"code": refusal.code}}, status=refusal.status)
