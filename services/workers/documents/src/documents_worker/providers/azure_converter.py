"""Documents converted by Azure AI Document Intelligence, with the vendor's SDK and model `prebuilt-layout`.

1. The SDK asks once: whether and when it is asked again is for the saga's policy to say. An analysis that was begun is
   asked for until it is done or `seconds` have passed.
2. What is plainly no such document is refused before it is sent. What the service has no reader for (CSV) is converted
   by the embedded provider.
3. Nothing of a document gets into a message: of what the service says, only status, code and request id are told.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.ai.documentintelligence.aio import DocumentIntelligenceClient
from azure.ai.documentintelligence.models import DocumentContentFormat
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity.aio import DefaultAzureCredential

from contracts.documents import DOCX, HTML, PDF, XLSX
from documents_worker.markdown import check_document
from documents_worker.providers.azure_refusals import failed_analysis, refused
from documents_worker.providers.embedded_converter import EmbeddedConverter
from durable import NonRetryable
from durable.errors import TransientError
from durable.ports import Clock
from durable.worker.threads import Threads

SERVICE = "Azure AI Document Intelligence"
MODEL = "prebuilt-layout"
IMAGES = frozenset({"image/jpeg", "image/png", "image/bmp", "image/tiff", "image/heif"})
_CHECKED = frozenset({PDF, DOCX, XLSX, HTML})
_UNREADABLE = (DecodeError, DeserializationError, AttributeError, KeyError, TypeError, ValueError)


def azure_identity(client_id: str) -> Callable[[], AsyncIterator[AsyncTokenCredential]]:
    """Give what makes the credential of this process, and closes it: never a key."""

    async def credential() -> AsyncIterator[AsyncTokenCredential]:
        async with DefaultAzureCredential(managed_identity_client_id=client_id or None) as made:
            yield made

    return credential


def azure_converter(
    endpoint: str, seconds: float, polling_seconds: float = 1
) -> Callable[[AsyncTokenCredential, Clock, Threads], AsyncIterator[AzureConverter]]:
    """Give what makes the provider for this resource, and closes its connections.

    `seconds` bounds one conversion from its request to its result; between two looks at it pass `polling_seconds`,
    unless the service says how many.
    """

    async def provider(
        credential: AsyncTokenCredential, clock: Clock, threads: Threads
    ) -> AsyncIterator[AzureConverter]:
        client = DocumentIntelligenceClient(
            endpoint,
            credential,
            retry_total=0,
            connection_timeout=seconds,
            read_timeout=seconds,
            polling_interval=polling_seconds,
        )
        async with client:
            # Settings let plain HTTP through for this machine alone.
            yield AzureConverter(client, clock, threads, seconds, enforce_https=endpoint.startswith("https://"))

    return provider


class AzureConverter:
    """Asks a resource of Azure AI Document Intelligence; it reads scanned pages and images too."""

    def __init__(
        self, client: DocumentIntelligenceClient, clock: Clock, threads: Threads, seconds: float, **options: Any
    ) -> None:
        self._client = client
        self._clock = clock
        self._threads = threads
        self._seconds = seconds
        self._options = options
        self._embedded = EmbeddedConverter(threads)

    async def markdown(self, data: bytes, media_type: str) -> str:
        if media_type not in _CHECKED | IMAGES:
            return await self._embedded.markdown(data, media_type)
        if media_type in _CHECKED:
            await self._threads.run(check_document, data, media_type)
        elif not data:
            raise NonRetryable(f"expected {media_type}; found an empty file")
        with self._telling():
            async with asyncio.timeout(self._seconds):
                content = await self._analyzed(data)
        if not any(map(str.isalnum, content)):
            raise NonRetryable(f"expected text in the document of type {media_type}; {SERVICE} found none")
        return content.strip() + "\n"

    async def _analyzed(self, data: bytes) -> str:
        poller = await self._client.begin_analyze_document(
            MODEL,
            io.BytesIO(data),
            content_type="application/octet-stream",
            output_content_format=DocumentContentFormat.MARKDOWN,
            **self._options,
        )
        result = await poller.result()
        content = result.content
        if not isinstance(content, str):
            raise TypeError("expected a result with content")
        return content

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise TransientError(
                f"expected {SERVICE} to be done within {self._seconds:g} seconds; it was not"
            ) from error
        except (ServiceRequestError, ServiceResponseError) as error:
            raise TransientError(f"expected {SERVICE} to answer; it did not: {type(error).__name__}") from error
        except _UNREADABLE as error:
            raise TransientError(f"expected an answer of {SERVICE}; found one that can't be read") from error
        except HttpResponseError as error:
            raise self._refusal(error) from None
        except AzureError as error:
            raise TransientError(f"expected an identity for {SERVICE}; found none: {type(error).__name__}") from error

    def _refusal(self, error: HttpResponseError) -> Exception:
        if error.response is None or error.status_code is None:
            return TransientError(f"expected an identity for {SERVICE}; found none: {type(error).__name__}")
        headers, body = getattr(error.response, "headers", {}), error.response.text()
        if error.status_code < 300:
            return failed_analysis(SERVICE, headers, body)
        return refused(SERVICE, error.status_code, headers, body, self._clock.now())
