"""The properties of queues, topics and subscriptions, as tables: in the order in which the service tells them.

1. What can be set has a field of `Settings`; what is only told has none, and is passed over when a client sends it.
2. What a client leaves out has its default, but for what can't be changed: that stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from emulators.servicebus.admin import markup, spans
from emulators.servicebus.admin.access_rules import access_rules_markup
from emulators.servicebus.admin.kinds import DESTINATION, STATUS, TRUTH, Kind, number, one_of, span, span_or_none, text
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.rules.rule import CorrelationFilter
from emulators.servicebus.broker.topic import Topic

MEGABYTE = 1 << 20
SIZE_DEFAULT = 1024 * MEGABYTE
ACCESS_RULES_TAG = "AuthorizationRules"
NEEDS_DETECTION = "needs_detection"

MESSAGE_SIZE_TAG = "MaxMessageSizeInKilobytes"
KILOBYTE = 1 << 10

STANDARD_SIZES = (1024, 2048, 3072, 4096, 5120)
_SIZES = (*STANDARD_SIZES, 10240, 20480, 40960, 81920)
_LOCK_TOO_LONG = "The supplied lock time exceeds the allowed maximum of '5' minutes."
_AVAILABLE = "Available"

Tell = Callable[[Entity], str | None]


@dataclass(frozen=True, slots=True)
class Property:
    """One property: `tell` gives its markup or None, `field` is where it is set, if it can be."""

    tag: str
    tell: Tell
    field: str = ""
    kind: Kind | None = None


def _kept(tag: str, field: str, kind: Kind) -> Property:
    get = attrgetter(field)
    return Property(tag, lambda entity: kind.write(get(entity.settings)), field, kind)


def _told(tag: str, tell: Tell) -> Property:
    return Property(tag, tell)


def _count_details(entity: Entity) -> str:
    counts = entity.counts()
    told = (
        ("ActiveMessageCount", counts.active),
        ("DeadLetterMessageCount", counts.dead_lettered),
        ("ScheduledMessageCount", counts.scheduled),
        ("TransferMessageCount", 0),
        ("TransferDeadLetterMessageCount", counts.transfer_dead_lettered),
    )
    return "".join(markup.element(f"d2p1:{tag}", str(value)) for tag, value in told)


def _message_count(entity: Entity) -> str:
    counts: Counts = entity.counts()
    return str(counts.active + counts.dead_lettered + counts.scheduled + counts.transfer_dead_lettered)


def _size(entity: Entity) -> str:
    return str(entity.size())


def _window(entity: Entity) -> str:
    return spans.span_text(entity.settings.duplicate_window or entity.settings.remarks.idle_window)


def _subscription_count(entity: Entity) -> str:
    return str(len(entity.subscriptions) if isinstance(entity, Topic) else 0)


def _filter_count(*, correlation: bool) -> Tell:
    def tell(entity: Entity) -> str:
        subscriptions = entity.subscriptions if isinstance(entity, Topic) else []
        rules = [rule for each in subscriptions if each.rules for rule in each.rules.listing()]
        return str(sum(isinstance(rule.filter, CorrelationFilter) is correlation for rule in rules))

    return tell


_LOCK = _kept("LockDuration", "lock_duration", span(5000, 300_000, _LOCK_TOO_LONG))
_SIZE_MAX = _kept("MaxSizeInMegabytes", "bytes_max", one_of(_SIZES, MEGABYTE, 1024))
_DETECTION = Property(
    "RequiresDuplicateDetection",
    lambda entity: TRUTH.write(bool(entity.settings.duplicate_window)),
    NEEDS_DETECTION,
    TRUTH,
)
_WINDOW = Property("DuplicateDetectionHistoryTimeWindow", _window, "duplicate_window", span(20_000, 7 * spans.DAY))
_SESSION = _kept("RequiresSession", "requires_session", TRUTH)
_TIME_TO_LIVE = _kept("DefaultMessageTimeToLive", "time_to_live", span_or_none(1000))
_EXPIRED = _kept("DeadLetteringOnMessageExpiration", "dead_letters_expired", TRUTH)
_DELIVERIES = _kept("MaxDeliveryCount", "delivery_count_max", number(1, 2000))
_BATCHED = _kept("EnableBatchedOperations", "remarks.batched", TRUTH)
_STATUS = _kept("Status", "status", STATUS)
_FORWARD = _kept("ForwardTo", "forward_to", DESTINATION)
_FORWARD_DEAD = _kept("ForwardDeadLetteredMessagesTo", "forward_dead_letters_to", DESTINATION)
_METADATA = _kept("UserMetadata", "remarks.metadata", text(1024))
_IDLE = _kept("AutoDeleteOnIdle", "idle_max", span_or_none(300_000))
_PARTITIONED = _kept("EnablePartitioning", "remarks.partitioned", TRUTH)
_EXPRESS = _kept("EnableExpress", "remarks.express", TRUTH)
_ORDERED = _kept("SupportOrdering", "remarks.ordered", TRUTH)
_MESSAGE_SIZE = _kept(MESSAGE_SIZE_TAG, "message_bytes_max", number(1, 102_400, KILOBYTE))

_ACCESS = _told(ACCESS_RULES_TAG, lambda entity: access_rules_markup(entity.settings.remarks.access_rules))
_ANONYMOUS = _told("IsAnonymousAccessible", lambda _: "false")
_BYTES = _told("SizeInBytes", _size)
_MESSAGES = _told("MessageCount", _message_count)
_CREATED = _told("CreatedAt", lambda entity: spans.time_text(entity.dates.created_at))
_UPDATED = _told("UpdatedAt", lambda entity: spans.time_text(entity.dates.updated_at))
_USED = _told("AccessedAt", lambda entity: spans.time_text(entity.dates.used_at))
_COUNTS = _told("CountDetails", _count_details)
_AVAILABILITY = _told("EntityAvailabilityStatus", lambda _: _AVAILABLE)

QUEUE: tuple[Property, ...] = (
    _LOCK,
    _SIZE_MAX,
    _DETECTION,
    _SESSION,
    _TIME_TO_LIVE,
    _EXPIRED,
    _WINDOW,
    _DELIVERIES,
    _BATCHED,
    _BYTES,
    _MESSAGES,
    _ANONYMOUS,
    _ACCESS,
    _STATUS,
    _FORWARD,
    _METADATA,
    _CREATED,
    _UPDATED,
    _USED,
    _ORDERED,
    _COUNTS,
    _IDLE,
    _PARTITIONED,
    _AVAILABILITY,
    _EXPRESS,
    _FORWARD_DEAD,
    _MESSAGE_SIZE,
)
TOPIC: tuple[Property, ...] = (
    _TIME_TO_LIVE,
    _SIZE_MAX,
    _DETECTION,
    _WINDOW,
    _BATCHED,
    _BYTES,
    _kept("FilteringMessagesBeforePublishing", "remarks.filters_before_publishing", TRUTH),
    _ANONYMOUS,
    _ACCESS,
    _STATUS,
    _METADATA,
    _CREATED,
    _UPDATED,
    _USED,
    _ORDERED,
    _COUNTS,
    _told("SubscriptionCount", _subscription_count),
    _told("SqlFilterCount", _filter_count(correlation=False)),
    _told("CorrelationFilterCount", _filter_count(correlation=True)),
    _IDLE,
    _PARTITIONED,
    _AVAILABILITY,
    _told("EnableSubscriptionPartitioning", lambda _: "false"),
    _EXPRESS,
    _MESSAGE_SIZE,
)
SUBSCRIPTION: tuple[Property, ...] = (
    _LOCK,
    _SESSION,
    _TIME_TO_LIVE,
    _EXPIRED,
    _kept("DeadLetteringOnFilterEvaluationExceptions", "dead_letters_filter_errors", TRUTH),
    _MESSAGES,
    _DELIVERIES,
    _BATCHED,
    _STATUS,
    _FORWARD,
    _CREATED,
    _UPDATED,
    _USED,
    _METADATA,
    _COUNTS,
    _FORWARD_DEAD,
    _IDLE,
    _AVAILABILITY,
)
