"""What every request handler works with, and the two shapes of answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from emulators.cosmos.catalog import Catalog, Container
from emulators.cosmos.jsonvalue import JsonValue, encode
from emulators.cosmos.ranges import PhysicalRange, PhysicalRanges
from emulators.cosmos.routes import Target
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Header, Request, Response

Clock: TypeAlias = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Service:
    """The account behind the endpoint; `scheme` is how clients reach it."""

    catalog: Catalog
    ranges: PhysicalRanges
    clock: Clock
    scheme: str = "http"

    def now(self) -> int:
        """Return the time in whole seconds since 1970, as documents carry it."""
        return int(self.clock().timestamp())


Handler: TypeAlias = Callable[[Service, Request, Target], Response]


def resource_response(request: Request, status: int, body: JsonValue, extra: tuple[Header, ...] = ()) -> Response:
    """Answer a request for anything but items."""
    return Response(
        status,
        [
            (headers.CONTENT_TYPE, headers.JSON),
            (headers.ACTIVITY_ID, request.headers.get(headers.ACTIVITY_ID, b"")),
            (headers.REQUEST_CHARGE, b"1"),
            *extra,
        ],
        b"" if status in {204, 304} else encode(body),
    )


def item_headers(container: Container, held_by: PhysicalRange, request: Request, charge: float) -> list[Header]:
    """Return the headers of every item-level answer.

    Without the id of the physical range the SDK throws its routing cache away after each answer.
    """
    range_id = held_by.id.encode()
    lsn = b"%d" % container.sequence
    return [
        (headers.CONTENT_TYPE, headers.JSON),
        (headers.ACTIVITY_ID, request.headers.get(headers.ACTIVITY_ID, b"")),
        (headers.REQUEST_CHARGE, b"%.2f" % charge),
        (headers.ALT_CONTENT_PATH, container.named_link.encode()),
        (headers.CONTENT_PATH, container.rid.encode()),
        (headers.SESSION_TOKEN, range_id + b":-1#" + lsn),
        (headers.LSN, lsn),
        (headers.PARTITION_KEY_RANGE_ID, range_id),
    ]
