"""What the endpoint takes away by itself: links whose token has expired, idle links, connections without links.

1. A link that sends or receives nothing for ten minutes is detached. A receiver that waits with credit is not idle,
   and links for requests never are.
2. Idleness is measured by the clock of the broker, so that tests can bring it about; tokens end by the clock of those
   who made them; connections are watched by the time of the event loop, like their silence.
3. Links of the token node count for nothing: every client keeps a pair of them.
4. All this is looked at on every beat, and when the clock of the broker was put forward. Nothing is done per message
   but to note the time.
"""

from typing import TYPE_CHECKING

from emulators.servicebus.amqp.performatives import Attach
from emulators.servicebus.broker.refusals import DetachForced, Unauthorized
from emulators.servicebus.wire.answers import MANAGEMENT_SUFFIX
from emulators.servicebus.wire.incoming import IncomingLink
from emulators.servicebus.wire.outgoing import MessageLink

if TYPE_CHECKING:
    from emulators.servicebus.wire.connection import Connection
    from emulators.servicebus.wire.session import Link

LINK_IDLE_MS = 600_000
LINKLESS_SECONDS = 300.0
NEVER_LINKED_SECONDS = 60.0


def evict_links(connection: "Connection") -> None:
    """Detach links that are idle or whose token has expired."""
    hub = connection.hub
    now, signers_now = hub.clock.now(), hub.gatekeeper.clock.now()
    for session, handle, link in connection.entity_links():
        if connection.claims.until(link.path) <= signers_now:
            session.detach(
                handle, _forced(link, "RenewToken", str(claim_required(connection, link.request, link.path)))
            )
        elif hub.detaches_idle_links and _is_idle(link, now):
            session.detach(handle, _idled(link))


def linkless_too_long(since: float, now: float, *, was_linked: bool) -> str | None:
    """Why a connection without links is to be closed, if it is; `since` is when it was last seen with one."""
    limit = LINKLESS_SECONDS if was_linked else NEVER_LINKED_SECONDS
    if now - since <= limit:
        return None
    return f"The connection was inactive for more than the allowed {limit * 1000:.0f} milliseconds and is closed."


def claim_required(connection: "Connection", request: Attach, path: str) -> Unauthorized:
    """The refusal of a link that no token has opened."""
    right = "Manage" if path.lower().endswith(MANAGEMENT_SUFFIX) else "Listen" if request.role else "Send"
    return Unauthorized(
        f"Unauthorized access. '{right}' claim(s) are required to perform this operation. "
        f"Resource: 'sb://{connection.host}/{path}'."
    )


def _is_idle(link: "Link", now: int) -> bool:
    if now - link.used_at < LINK_IDLE_MS or link.path.lower().endswith(MANAGEMENT_SUFFIX):
        return False
    return not isinstance(link, MessageLink) or link.may_idle


def _idled(link: "Link") -> DetachForced:
    kind = "Publisher" if isinstance(link, IncomingLink) else "Consumer"
    return _forced(link, kind.lower(), f"AmqpMessage{kind}.IdleTimerExpired: Idle timeout: 00:10:00.")


def _forced(link: "Link", code: str, details: str) -> DetachForced:
    return DetachForced(f"The link '{link.request.name}' is force detached. Code: {code}. Details: {details}")
