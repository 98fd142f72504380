"""The change feed: the last version of each item, in the order of the writes.

The etag of an answer is the number of the last write that it covers; a client comes back with it. Deletes and expiry
don't show. 304 says that there is nothing new.
"""

from email.utils import parsedate_to_datetime

from emulators.cosmos import charge
from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.feeds.scan import Order, Scan
from emulators.cosmos.feeds.scope import page_size, scope_of
from emulators.cosmos.service import Service, item_headers
from emulators.cosmos.store.database import SqlValue
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_DIGITS_MAX = 18


def read_changes(service: Service, request: Request, container: Container) -> Response:
    """Answer with the next changes of a scope."""
    if request.headers[headers.A_IM].lower() != b"incremental feed":
        raise CosmosError(400, "Only the change feed of latest versions is supported by this local endpoint.")
    scope = scope_of(service, request, container)
    after = _after(request, container)
    conditions, values = _since(request)
    scan = Scan(container, scope, conditions, values, Order(("d.seq",)), service.now())
    size = page_size(request)
    rows = list(scan.rows((after,), size))
    upto = rows[-1].sequence if len(rows) == size else container.sequence
    bodies = [b'%s,"_lsn":%d}' % (row.body[:-1], row.sequence) for row in rows]
    price = charge.feed(len(bodies), sum(map(len, bodies)))
    fields = item_headers(container, scope.held_by, request, price)
    fields += [(headers.ETAG, b'"%d"' % upto), (headers.ITEM_COUNT, b"%d" % len(bodies))]
    if not bodies:
        return Response(304, fields, b"")
    head = b'{"_rid":"%s","Documents":[' % container.rid.encode()
    return Response(200, fields, head + b",".join(bodies) + b'],"_count":%d}' % len(bodies))


def _after(request: Request, container: Container) -> int:
    etag = request.headers.get(headers.IF_NONE_MATCH)
    if etag is None:
        return 0
    if etag == b"*":
        return container.sequence
    number = etag.strip(b'"')
    if not number.isdigit() or len(number) > _DIGITS_MAX:
        raise CosmosError(400, f"Invalid change feed etag {etag.decode('latin-1')!r}: use one that this endpoint gave.")
    return int(number)


def _since(request: Request) -> tuple[tuple[str, ...], tuple[SqlValue, ...]]:
    since = request.headers.get(headers.IF_MODIFIED_SINCE)
    if since is None:
        return (), ()
    try:
        moment = parsedate_to_datetime(since.decode("latin-1"))
    except ValueError:
        raise CosmosError(
            400, f"Invalid If-Modified-Since {since.decode('latin-1')!r}: expected an HTTP date."
        ) from None
    return ("d.ts >= ?",), (int(moment.timestamp()),)
