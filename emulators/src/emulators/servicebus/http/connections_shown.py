"""What the page shows of connections and their links."""

from collections.abc import Collection
from itertools import islice
from typing import Any

from emulators.page.shown import text
from emulators.servicebus.wire.connection import Connection
from emulators.servicebus.wire.hub import Peer
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Link

CONNECTIONS_MAX = 50
LINKS_MAX = 20


def connections_shown(peers: Collection[Peer]) -> dict[str, Any]:
    """How many connections there are, and some of them."""
    some = [each for each in islice(peers, CONNECTIONS_MAX) if isinstance(each, Connection)]
    return {
        "count": len(peers),
        "some": sorted((_connection_shown(each) for each in some), key=lambda shown: str(shown["address"])),
    }


def _connection_shown(connection: Connection) -> dict[str, Any]:
    links = connection.links
    return {
        "address": connection.address,
        "client": text(connection.peer.container_id) if connection.peer else "",
        "link_count": len(links),
        "links": [_link_shown(link) for link in links[:LINKS_MAX]],
    }


def _link_shown(link: Link) -> dict[str, Any]:
    return {
        "name": text(link.request.name, 80),
        "role": "receives from" if link.request.role else "sends to",
        "entity": text(link.path),
        "session": text(link.session_id) if isinstance(link, MessageLink) and link.session_id is not None else None,
    }
