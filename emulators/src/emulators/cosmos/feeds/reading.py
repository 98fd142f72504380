"""The read feed: all items of a container, or of one of its partitions."""

from emulators.cosmos import charge
from emulators.cosmos.catalog import Container
from emulators.cosmos.feeds.continuation import position_in
from emulators.cosmos.feeds.pages import Page, page_response, paged
from emulators.cosmos.feeds.scan import Order, Scan
from emulators.cosmos.feeds.scope import page_size, scope_of
from emulators.cosmos.service import Service
from emulators.cosmos.wire.message import Request, Response


def read_feed(service: Service, request: Request, container: Container) -> Response:
    """Answer with one page of items."""
    scope = scope_of(service, request, container)
    order = Order(("d.id",) if scope.key else ("d.pk", "d.id"))
    scan = Scan(container, scope, (), (), order, service.now())
    start = position_in(request)
    size = page_size(request)
    rows = ((found.body, found.position) for found in scan.rows(start.after, size + 1))
    page: Page = paged(rows, start, size)
    return page_response(request, container, scope, page, charge.feed(len(page.bodies), page.size_bytes))
