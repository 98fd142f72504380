"""The language worker with Azure as its provider, and one request of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from dishka import Provider, Scope

from contracts.language import ANALYZE_TEXT, COMPLETE_CHAT, EMBED_TEXT, AnalyzeText, CompleteChat, EmbedText
from contracts.locations import Location
from durable import Activity
from durable.adapters.clock import SystemClock
from durable.objects import ObjectStore
from durable.ports import Clock
from durable.settings import Environment
from durable.stores import ObjectStores
from language_worker.handlers import worker
from language_worker.parts import language_provider
from language_worker.settings import language_settings
from tests.support.azure_account import Identity
from tests.support.azure_texts import Texts
from tests.support.handlers import Calls, calls_to

AnyActivity = Activity[Any, Any]
MARK = "Marlinspike"
TEXT = f"We had dinner on {MARK} last week."
OUT = Location(name="out/result")
ANALYZE = AnalyzeText(text=TEXT, operations=["sentiment"])
EMBED = EmbedText(text=TEXT, target=OUT)
CHAT = CompleteChat.model_validate(
    {
        "prompt": {"name": "summarize", "version": 1},
        "variables": {"document": TEXT, "sentences": 2},
        "target": OUT.model_dump(),
        "max_tokens": 99,
        "temperature": 0.2,
        "top_p": 0.9,
    }
)
EACH: list[tuple[AnyActivity, object]] = [(ANALYZE_TEXT, ANALYZE), (EMBED_TEXT, EMBED), (COMPLETE_CHAT, CHAT)]
NAMES = ["analyze", "embed", "chat"]


@asynccontextmanager
async def language_calls(
    texts: Texts, objects: ObjectStore, identity: type[Identity] = Identity
) -> AsyncIterator[Calls]:
    """Run the worker against these resources."""
    settings = language_settings(
        Environment(
            {
                "AZURE_LANGUAGE_ENDPOINT": texts.account.url,
                "AZURE_OPENAI_ENDPOINT": texts.account.url,
                "AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT": "vectors",
                "AZURE_OPENAI_CHAT_DEPLOYMENT": "talker",
            }
        )
    )
    own = Provider(scope=Scope.APP)
    own.provide(lambda: ObjectStores(objects, {}), provides=ObjectStores)
    own.provide(SystemClock, provides=Clock)
    own.provide(identity, provides=AsyncTokenCredential)
    provider = language_provider(replace(settings, request_seconds=0.5))
    async with calls_to(worker, objects, provider, own) as calls:
        yield calls
