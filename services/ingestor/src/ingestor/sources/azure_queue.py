"""A storage queue by the vendor's SDK, reached by identity; a local one by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.identity.aio import DefaultAzureCredential
from azure.storage.queue import QueueMessage as SdkMessage
from azure.storage.queue import StorageErrorCode
from azure.storage.queue.aio import QueueClient

from durable.errors import LockLost, TransientError
from ingestor.sources.options import StorageQueueOptions
from ingestor.sources.storage_queue import QueueMessage

TIMEOUT_SECONDS = 10


class AzureStorageQueue:
    """The port of a storage queue."""

    def __init__(self, options: StorageQueueOptions, client_id: str) -> None:
        self._credential = None if options.key else DefaultAzureCredential(managed_identity_client_id=client_id or None)
        account = urlsplit(options.url).path.strip("/").partition("/")[0]
        key = {"account_name": account, "account_key": options.key}
        # Text stays as it stands: the SDK's decoder fails on a whole page of messages when one is no base64.
        self._client = QueueClient.from_queue_url(
            options.url, credential=self._credential or key, retry_total=2, connection_timeout=TIMEOUT_SECONDS
        )

    async def receive(self, limit: int, visibility: timedelta) -> Sequence[QueueMessage]:
        with _reaching(self._client.queue_name):
            pages = self._client.receive_messages(
                messages_per_page=limit,
                visibility_timeout=int(visibility.total_seconds()),
                read_timeout=TIMEOUT_SECONDS,
            ).by_page()
            # One page is one request; the next would be asked for only to find the queue empty.
            async for page in pages:
                return [_message_of(message) async for message in page]
            return []

    async def prolong(self, message: QueueMessage, visibility: timedelta) -> QueueMessage:
        try:
            with _reaching(self._client.queue_name):
                sdk: SdkMessage = await self._client.update_message(
                    message.lock.id, message.lock.pop_receipt, visibility_timeout=int(visibility.total_seconds())
                )
        except _Gone as error:
            raise LockLost(f"message {message.id} of queue {self._client.queue_name!r} is somebody else's") from error
        return replace(message, lock=sdk)

    async def delete(self, message: QueueMessage) -> None:
        try:
            with _reaching(self._client.queue_name):
                await self._client.delete_message(message.lock.id, message.lock.pop_receipt)
        except _Gone:
            return

    async def close(self) -> None:
        await self._client.close()
        if self._credential is not None:
            await self._credential.close()


class _Gone(TransientError):
    """The message is not there under this receipt, or the queue is not there."""


@contextmanager
def _reaching(queue: str) -> Iterator[None]:
    try:
        yield
    except ResourceNotFoundError as error:
        raise _Gone(f"queue {queue!r} or a message of it is not there: {_head(error)}") from error
    except AzureError as error:
        if getattr(error, "error_code", None) == StorageErrorCode.POP_RECEIPT_MISMATCH:
            raise _Gone(f"a message of queue {queue!r} is somebody else's: {_head(error)}") from error
        raise TransientError(f"queue {queue!r} did not answer: {_head(error)}") from error


def _message_of(message: Any) -> QueueMessage:
    inserted: datetime | None = message.inserted_on
    return QueueMessage(
        id=message.id,
        content=message.content or "",
        deliveries=message.dequeue_count or 1,
        inserted_at=inserted or datetime.fromtimestamp(0, UTC),
        lock=message,
    )


def _head(error: AzureError) -> str:
    return str(error).split("\n", 1)[0][:300]
