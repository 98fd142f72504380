"""Pages: as many results as fit, and where to go on."""

from collections.abc import Iterable
from typing import NamedTuple

from emulators.cosmos import limits
from emulators.cosmos.catalog import Container
from emulators.cosmos.feeds.continuation import Position, token_of
from emulators.cosmos.feeds.scope import Scope
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.service import item_headers
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response


class Page(NamedTuple):
    """Encoded results, and the position for the next page if there may be more."""

    bodies: list[bytes]
    rest: Position | None

    @property
    def size_bytes(self) -> int:
        """Return the size of all results."""
        return sum(map(len, self.bodies))


def paged(rows: Iterable[tuple[bytes | None, tuple[JsonValue, ...]]], start: Position, size: int) -> Page:
    """Fill a page; a row without a result (None) counts only as looked at."""
    bodies: list[bytes] = []
    total = 0
    last = start
    for body, position in rows:
        if len(bodies) == size or (bodies and total + len(body or b"") > limits.PAGE_BYTES_MAX):
            return Page(bodies, last)
        if body is not None:
            bodies.append(body)
            total += len(body)
        last = Position(position, last.skipped, last.taken + (body is not None))
    return Page(bodies, None)


def page_response(request: Request, container: Container, scope: Scope, page: Page, price: float) -> Response:
    """Answer with a page."""
    fields = item_headers(container, scope.held_by, request, price)
    fields.append((headers.ITEM_COUNT, b"%d" % len(page.bodies)))
    if page.rest is not None:
        fields.append((headers.CONTINUATION, token_of(page.rest)))
    head = b'{"_rid":"%s","Documents":[' % container.rid.encode()
    return Response(200, fields, head + b",".join(page.bodies) + b'],"_count":%d}' % len(page.bodies))
