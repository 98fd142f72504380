"""The settings of the language worker: which provider serves each capability, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from durable.settings import Environment

ProviderName = Literal["azure", "embedded"]
PROVIDERS: tuple[ProviderName, ...] = ("azure", "embedded")
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


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
    request_seconds: int
    client_id: str


def language_settings(environment: Environment) -> LanguageSettings:
    """Read `ANALYSIS_PROVIDER`, `EMBEDDINGS_PROVIDER`, `CHAT_PROVIDER` and what belongs to them."""
    language = _endpoint(environment, "AZURE_LANGUAGE_ENDPOINT")
    openai = _endpoint(environment, "AZURE_OPENAI_ENDPOINT")
    return LanguageSettings(
        analysis=_provider(environment, "ANALYSIS_PROVIDER", "AZURE_LANGUAGE_ENDPOINT", language),
        embeddings=_provider(environment, "EMBEDDINGS_PROVIDER", "AZURE_OPENAI_ENDPOINT", openai),
        chat=_provider(environment, "CHAT_PROVIDER", "AZURE_OPENAI_ENDPOINT", openai),
        language_endpoint=language,
        openai_endpoint=openai,
        embeddings_deployment=environment.text("AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT", ""),
        chat_deployment=environment.text("AZURE_OPENAI_CHAT_DEPLOYMENT", ""),
        request_seconds=environment.number("LANGUAGE_REQUEST_SECONDS", 60, least=1, most=600),
        client_id=environment.text("AZURE_CLIENT_ID", ""),
    )


def _provider(environment: Environment, name: str, endpoint_name: str, endpoint: str) -> ProviderName:
    chosen = environment.choice(name, "azure" if endpoint else "embedded", PROVIDERS)
    if chosen == "azure" and not endpoint:
        environment.fault(endpoint_name, f"expected an address, as {name} is 'azure'", "none")
    return cast("ProviderName", chosen)


def _endpoint(environment: Environment, name: str) -> str:
    url = environment.text(name, "")
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    if url and not (safe and parts.hostname):
        environment.fault(name, "expected an address like https://name.cognitiveservices.azure.com", repr(url))
    return url
