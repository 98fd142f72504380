"""The limits of the service on names, documents, requests and batches, with its errors."""

import re

from emulators.cosmos.errors import CosmosError

DOCUMENT_BYTES_MAX = 2 * 1024 * 1024
BATCH_BYTES_MAX = 1_258_291
BATCH_OPERATIONS_MAX = 100
PATCH_OPERATIONS_MAX = 10
NAME_BYTES_MAX = 1023
REQUEST_BYTES_MAX = 8 * 1024 * 1024
NESTING_MAX = 128
PAGE_BYTES_MAX = 4 * 1024 * 1024
PAGE_ITEMS_DEFAULT = 100
PAGE_ITEMS_MAX = 1000

_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_AS_BRACES = bytes.maketrans(b"[]", b"{}")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
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
    """Refuse a document over the limits of size and nesting."""
    check_nesting(body)
    if len(body) > DOCUMENT_BYTES_MAX:
        raise CosmosError(
            413, f"Request size is too large: the document has {len(body)} bytes, at most {DOCUMENT_BYTES_MAX}."
        )


def check_nesting(body: bytes) -> None:
    """Refuse a document, as JSON without white space, that is nested too deeply."""
    if body.count(b"{") + body.count(b"[") > NESTING_MAX and _is_deep(body):
        raise too_deep()


def too_deep() -> CosmosError:
    """Build the error about a document that is nested too deeply."""
    return CosmosError(400, f"The document exceeds the maximum of {NESTING_MAX} levels of nesting.")


def _is_deep(body: bytes) -> bool:
    # Brackets within texts may spoil the first, quick look, so what fails it is looked at again without texts.
    return not _folds(body) and not _folds(_TEXT.sub(b"", body))


def _folds(body: bytes) -> bool:
    """Is nothing left of the brackets when the innermost are taken away, as often as levels are allowed?"""
    brackets = body.translate(_AS_BRACES, _NO_BRACKETS)
    for _ in range(NESTING_MAX):
        brackets = brackets.replace(b"{}", b"")
        if not brackets:
            return True
    return False


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
