"""Pages of a listing, and the continuation between two of them.

1. A continuation is the last name of a page: no state is kept between pages, and what comes or goes harms nobody else.
2. It belongs to one listing; that of another is refused rather than skip objects in silence.
"""

from __future__ import annotations

import base64

import orjson
from pydantic import BaseModel, ValidationError

from contracts.storage import ListedObject, ListPage, ObjectPage
from durable import NonRetryable
from durable.objects import ObjectStore


class _Continuation(BaseModel, extra="forbid", strict=True):
    store: str
    prefix: str
    after: str


async def list_objects(store: ObjectStore, request: ListPage) -> ObjectPage:
    """List one page.

    Raises:
        NonRetryable: the continuation is none, or of another listing.
        InvalidName: the prefix is not legal.
        TransientError: the store did not answer.
    """
    found = await store.page(request.prefix, _after(request), request.page_size + 1)
    page = found[: request.page_size]
    more = len(found) > len(page)
    return ObjectPage(
        store=request.store,
        objects=[ListedObject(name=info.name, size=info.size) for info in page],
        continuation=_continuation(request, page[-1].name) if more else None,
    )


def _continuation(request: ListPage, after: str) -> str:
    place = _Continuation(store=request.store, prefix=request.prefix, after=after)
    return base64.urlsafe_b64encode(orjson.dumps(place.model_dump())).decode()


def _after(request: ListPage) -> str:
    if request.continuation is None:
        return ""
    try:
        place = _Continuation.model_validate_json(base64.urlsafe_b64decode(request.continuation))
    except (ValueError, ValidationError) as error:
        raise NonRetryable("expected the continuation that the page before came with; found another text") from error
    if (place.store, place.prefix) != (request.store, request.prefix):
        raise NonRetryable(
            f"expected a continuation of store {request.store!r} and prefix {request.prefix!r}; "
            f"found one of {place.store!r} and {place.prefix!r}"
        )
    return place.after
