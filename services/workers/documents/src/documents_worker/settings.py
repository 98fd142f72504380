"""The settings of the documents worker: who converts documents, and how large they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from durable.settings import Environment, is_place, is_safe_address, shown

ProviderName = Literal["azure", "embedded"]
BYTES_MAX = 100 << 20


@dataclass(frozen=True, slots=True)
class DocumentsSettings:
    """What the documents worker is told by its environment; the endpoint is empty for the embedded provider."""

    provider: ProviderName
    endpoint: str
    analysis_seconds: int
    bytes_max: int
    client_id: str


def documents_settings(environment: Environment) -> DocumentsSettings:
    """Read `DOCUMENTS_PROVIDER` and what belongs to it; faults are kept in the environment."""
    endpoint = environment.text("AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT", "")
    provider = environment.choice("DOCUMENTS_PROVIDER", "azure" if endpoint else "embedded", ("azure", "embedded"))
    if provider == "azure" and not (is_safe_address(endpoint) and is_place(endpoint, "http", "https")):
        expected = "expected an address like https://name.cognitiveservices.azure.com"
        environment.fault("AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT", expected, shown(endpoint) if endpoint else "none")
    return DocumentsSettings(
        provider=cast("ProviderName", provider),
        endpoint=endpoint,
        analysis_seconds=environment.number("DOCUMENT_ANALYSIS_SECONDS", 600, least=1, most=3600),
        # A document and what is made of it lie in memory, for each handler that runs.
        bytes_max=environment.number("DOCUMENT_BYTES_MAX", BYTES_MAX, least=1, most=500 << 20),
        client_id=environment.text("AZURE_CLIENT_ID", ""),
    )
