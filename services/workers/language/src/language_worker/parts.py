"""What the language worker is composed of: the providers that its settings choose, and the page of its prompts.

The SDKs are imported for the providers that are chosen, and for no other: they take longer than all else to start.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from dishka import Provider, Scope

from durable.settings import Environment
from durable.stores import ObjectStores
from durable.worker.run import WorkerParts
from language_worker.analysis import Analysis
from language_worker.chat import Chat
from language_worker.embeddings import Embeddings
from language_worker.prompts.catalogue import listed
from language_worker.settings import LanguageSettings, language_settings


def parts_from(environment: Environment) -> WorkerParts:
    """Read the settings of the language worker, and give the providers that they choose."""
    return WorkerParts(providers=[language_provider(language_settings(environment))], routes=_routes)


def language_provider(settings: LanguageSettings) -> Provider:
    """Provide `Analysis`, `Embeddings` and `Chat`, each as the settings say."""
    provider = Provider(scope=Scope.APP)
    if "azure" in (settings.analysis, settings.embeddings, settings.chat):
        _provide_identity(provider, settings)
    if settings.analysis == "azure":
        from language_worker.providers.azure_language import azure_analysis

        made = azure_analysis(settings.language_endpoint, settings.request_seconds)
        provider.provide(made, provides=Analysis)
    else:
        from language_worker.providers.embedded_analysis import EmbeddedAnalysis

        provider.provide(EmbeddedAnalysis, provides=Analysis)
    _provide_models(provider, settings)
    return provider


def _provide_identity(provider: Provider, settings: LanguageSettings) -> None:
    from language_worker.providers.azure_identity import identity

    provider.provide(identity(settings.client_id))


def _provide_models(provider: Provider, settings: LanguageSettings) -> None:
    if "azure" in (settings.embeddings, settings.chat):
        from language_worker.providers.azure_openai import azure_chat, azure_embeddings, azure_openai

        provider.provide(azure_openai(settings.openai_endpoint, settings.request_seconds))
    if settings.embeddings == "azure":
        provider.provide(azure_embeddings(settings.embeddings_deployment), provides=Embeddings)
    else:
        from language_worker.providers.embedded_embeddings import EmbeddedEmbeddings

        provider.provide(EmbeddedEmbeddings, provides=Embeddings)
    if settings.chat == "azure":
        provider.provide(azure_chat(settings.chat_deployment), provides=Chat)
    else:
        from language_worker.providers.embedded_chat import EmbeddedChat

        provider.provide(EmbeddedChat, provides=Chat)


def _routes(_: ObjectStores) -> Iterable[web.RouteDef]:
    async def prompts(_: web.Request) -> web.Response:
        return web.json_response({"prompts": listed()})

    return (web.get("/prompts", prompts),)
