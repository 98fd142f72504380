"""The settings of the language worker: which provider serves each capability, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from durable.settings import Environment, is_place, is_safe_address, shown

ProviderName = Literal["azure", "embedded"]
PROVIDERS: tuple[ProviderName, ...] = ("azure", "embedded")


@dataclass(frozen=True, slots=True)
class LanguageSettings:
    """What the language worker is told by its environment; an endpoint is empty where none is asked."""

    analysis: ProviderName
    embeddings: ProviderName
    chat: ProviderName
    language_endpoint: str
    openai_endpoint: str
    embeddings_deployment: str
    chat_deployment: str
    request_seconds: float
    client_id: str


def language_settings(environment: Environment) -> LanguageSettings:
    """Read `ANALYSIS_PROVIDER`, `EMBEDDINGS_PROVIDER`, `CHAT_PROVIDER` and what belongs to them."""
    language = environment.text("AZURE_LANGUAGE_ENDPOINT", "")
    openai = environment.text("AZURE_OPENAI_ENDPOINT", "")
    settings = LanguageSettings(
        analysis=_provider(environment.choice("ANALYSIS_PROVIDER", _default(language), PROVIDERS)),
        embeddings=_provider(environment.choice("EMBEDDINGS_PROVIDER", _default(openai), PROVIDERS)),
        chat=_provider(environment.choice("CHAT_PROVIDER", _default(openai), PROVIDERS)),
        language_endpoint=language,
        openai_endpoint=openai,
        embeddings_deployment=environment.text("AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT", ""),
        chat_deployment=environment.text("AZURE_OPENAI_CHAT_DEPLOYMENT", ""),
        request_seconds=environment.number("LANGUAGE_REQUEST_SECONDS", 60, least=1, most=600),
        client_id=environment.text("AZURE_CLIENT_ID", ""),
    )
    _check_endpoint(environment, "AZURE_LANGUAGE_ENDPOINT", language, needed=settings.analysis == "azure")
    _check_endpoint(
        environment, "AZURE_OPENAI_ENDPOINT", openai, needed="azure" in (settings.embeddings, settings.chat)
    )
    return settings


def _default(endpoint: str) -> ProviderName:
    return "azure" if endpoint else "embedded"


def _provider(chosen: str) -> ProviderName:
    return cast("ProviderName", chosen)


def _check_endpoint(environment: Environment, name: str, url: str, *, needed: bool) -> None:
    if (needed or url) and not (is_safe_address(url) and is_place(url, "http", "https")):
        expected = "expected an address as in https://name.cognitiveservices.azure.com"
        environment.fault(name, expected, shown(url) if url else "none")
