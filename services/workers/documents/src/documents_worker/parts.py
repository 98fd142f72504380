"""What the documents worker is composed of: the provider that its settings choose, and how large documents may be.

The SDK is imported if it is chosen, and not otherwise: it takes longer than all else to start.
"""

from __future__ import annotations

import logging

from dishka import Provider, Scope

from documents_worker.converter import Converter
from documents_worker.reading import DocumentReader
from documents_worker.settings import DocumentsSettings, documents_settings
from durable.settings import Environment
from durable.stores import ObjectStores
from durable.worker.run import WorkerParts


def parts_from(environment: Environment) -> WorkerParts:
    """Read the settings of the documents worker, and give the provider that they choose."""
    for reader in ("pypdf", "pdfminer"):
        # They tell each oddity of a file that they could read all the same.
        logging.getLogger(reader).setLevel(logging.ERROR)
    # At level DEBUG it would log what it sends.
    logging.getLogger("azure").setLevel(logging.WARNING)
    return WorkerParts(providers=[documents_provider(documents_settings(environment))])


def documents_provider(settings: DocumentsSettings) -> Provider:
    """Provide `Converter` and `DocumentReader` as the settings say."""

    def reader(stores: ObjectStores) -> DocumentReader:
        return DocumentReader(stores, settings.bytes_max)

    provider = Provider(scope=Scope.APP)
    provider.provide(reader)
    if settings.provider == "azure":
        from documents_worker.providers.azure_converter import azure_converter, azure_identity

        provider.provide(azure_identity(settings.client_id))
        provider.provide(azure_converter(settings.endpoint, settings.analysis_seconds), provides=Converter)
    else:
        from documents_worker.providers.embedded_converter import EmbeddedConverter

        provider.provide(EmbeddedConverter, provides=Converter)
    return provider
