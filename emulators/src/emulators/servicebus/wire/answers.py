"""What the endpoint says when a link is attached: sources, targets, properties.

1. The SDK takes a link for refused if source or target is null, and drops it if a sender tells no initial delivery
   count.
2. A receiver of a session learns three things from the answer: the very address it asked for, the real session id in
   the filter, and the end of the lock in .NET ticks. If one is missing it goes on without its session id.
"""

from emulators.servicebus.amqp.performatives import Attach
from emulators.servicebus.amqp.values import Described, Symbol, Ulong

SOURCE, TARGET = 0x28, 0x29
TOKEN_NODE = "$cbs"
MANAGEMENT_SUFFIX = "/$management"
BATCH_BYTES_MAX = "com.microsoft:max-message-batch-size"
SESSION_FILTER = "com.microsoft:session-filter"
LOCKED_UNTIL = "com.microsoft:locked-until-utc"
TIMEOUT = "com.microsoft:timeout"

_FILTER_FIELD = 7
_EPOCH_TICKS = 621_355_968_000_000_000
_TICKS_PER_MILLISECOND = 10_000


def address_of(terminus: Described | None) -> str:
    """The address in a source or target; empty if there is none."""
    if terminus is None or not isinstance(terminus.value, list) or not terminus.value:
        return ""
    address = terminus.value[0]
    return address if isinstance(address, str) else ""


def path_of(address: str) -> str:
    """The path of an address such as `amqps://host:port/queue`, or of a bare name."""
    _, scheme, rest = address.partition("://")
    return (rest.partition("/")[2] if scheme else address).strip("/")


def session_wanted(request: Attach) -> tuple[bool, str | None]:
    """Whether the link is for a session, and which: None means the next available."""
    fields = request.source.value if request.source is not None else None
    if not isinstance(fields, list) or len(fields) <= _FILTER_FIELD or not isinstance(fields[_FILTER_FIELD], dict):
        return False, None
    filters = fields[_FILTER_FIELD]
    if SESSION_FILTER not in filters:
        return False, None
    wanted = filters[SESSION_FILTER]
    if isinstance(wanted, Described):
        wanted = wanted.value
    return True, wanted if isinstance(wanted, str) else None


def plain_source(request: Attach) -> Described:
    """The source that was asked for."""
    return Described(SOURCE, [address_of(request.source) or None])


def plain_target(request: Attach) -> Described:
    """The target that was asked for."""
    return Described(TARGET, [address_of(request.target) or None])


def session_source(request: Attach, session_id: str) -> Described:
    """The source that was asked for, with the session that was granted."""
    filters = {Symbol(SESSION_FILTER): session_id}
    return Described(SOURCE, [address_of(request.source), *[None] * (_FILTER_FIELD - 1), filters])


def granted_properties(locked_until: int) -> dict[object, object]:
    """The link properties of a granted session."""
    return {Symbol(LOCKED_UNTIL): _EPOCH_TICKS + locked_until * _TICKS_PER_MILLISECOND}


def sender_properties(batch_bytes_max: int) -> dict[object, object]:
    """The link properties of a sender: how large a batch may be."""
    return {Symbol(BATCH_BYTES_MAX): Ulong(batch_bytes_max)}


def accept_timeout(request: Attach) -> int | None:
    """How long the receiver waits for a session, in milliseconds; None if it does not say."""
    value = (request.properties or {}).get(TIMEOUT)
    return value if isinstance(value, int) else None
