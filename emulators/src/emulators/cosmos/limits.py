"""The limits of the service on names, documents, requests and batches, with its errors."""

import re

from emulators.cosmos.errors import CosmosError

DOCUMENT_BYTES_MAX = 2 * 1024 * 1024
BATCH_BYTES_MAX = 1_258_291
BATCH_OPERATIONS_MAX = 100
PATCH_OPERATIONS_MAX = 10
NAME_BYTES_MAX = 1023
PAGE_BYTES_MAX = 4 * 1024 * 1024
PAGE_ITEMS_DEFAULT = 100
PAGE_ITEMS_MAX = 1000

_FORBIDDEN = re.compile(r"[/\\?#\x00-\x1f]| $")


def check_name(name: str) -> None:
    """Refuse an id that the service refuses: forbidden characters, a trailing space, or too long."""
    if _FORBIDDEN.search(name) or len(name.encode()) > NAME_BYTES_MAX:
        raise CosmosError(
            400,
            f"The input name '{name[:80]}' is invalid. Ensure to provide a unique non-empty string less than "
            f"'{NAME_BYTES_MAX + 1}' bytes without '/', '\\', '?', '#', control characters or a trailing space.",
        )


def check_document(body: bytes) -> None:
    """Refuse a document over the size limit."""
    if len(body) > DOCUMENT_BYTES_MAX:
        raise CosmosError(
            413, f"Request size is too large: the document has {len(body)} bytes, at most {DOCUMENT_BYTES_MAX}."
        )


def check_batch(body: bytes) -> None:
    """Refuse a transactional batch over the size limit."""
    if len(body) > BATCH_BYTES_MAX:
        raise CosmosError(
            413, f"Request size is too large: the batch has {len(body)} bytes, at most {BATCH_BYTES_MAX}."
        )


def check_batch_count(count: int) -> None:
    """Refuse an empty batch, and one with too many operations."""
    if count > BATCH_OPERATIONS_MAX:
        raise CosmosError(
            400, f"Batch request has more operations than what is supported: {count}, at most {BATCH_OPERATIONS_MAX}."
        )
    if count == 0:
        raise CosmosError(400, "Batch request has no operations.")


def check_patch_count(count: int) -> None:
    """Refuse a patch without operations, or with too many."""
    if not 1 <= count <= PATCH_OPERATIONS_MAX:
        raise CosmosError(
            400, f"A patch takes 1 to {PATCH_OPERATIONS_MAX} operations, found {count}: split it into several patches."
        )
