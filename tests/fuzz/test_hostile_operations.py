import pytest

from emulators.servicebus.amqp.performatives import Transfer
from emulators.servicebus.amqp.values import Array, Described, Symbol, Timestamp, Ulong, Uuid
from emulators.servicebus.wire.operations import OPERATIONS
from tests.support.service_bus import namespace
from tests.support.wire_client import WireClient, a_hub, of_kind

PLAN = namespace({"q": {}, "s": {"RequiresSession": True}}, {"t": ["a"]})
NODES = ["q", "s", "t", "t/Subscriptions/a"]
VALUES: list[object] = [
    None,
    True,
    -1,
    2**63 - 1,
    Ulong(2**64 - 1),
    float("nan"),
    float("inf"),
    "text",
    "x" * 5000,
    b"bytes",
    Uuid(bytes(16)),
    Timestamp(-(2**63)),
    Symbol("symbol"),
    [],
    [1, "a", None],
    [[1]],
    [{}],
    [{"message": b"\x00"}],
    [{"message": "text"}],
    Array((Ulong(2**64 - 1),)),
    Array((-1, 2**63 - 1)),
    {},
    {"expression": 5},
    {"expression": "((("},
    {"sql-filter": {"expression": ["a"]}, "sql-rule-action": {"expression": 5}},
    {"correlation-filter": {"properties": {"a": [1]}, "label": {"b": 1}}},
    Described(0x24, [["a"]]),
]
FIELDS = [
    "lock-tokens",
    "sequence-numbers",
    "session-id",
    "session-state",
    "messages",
    "message-count",
    "from-sequence-number",
    "disposition-status",
    "receiver-settle-mode",
    "enqueued-time-utc",
    "skip",
    "top",
    "last-updated-time",
    "rule-name",
    "rule-description",
    "deadletter-reason",
    "deadletter-description",
    "properties-to-modify",
    "omit-message-body",
]
GOOD: dict[str, object] = {
    "lock-tokens": [Uuid(bytes(16))],
    "sequence-numbers": [1],
    "session-id": "s1",
    "disposition-status": "completed",
    "rule-name": "rule",
    "message-count": 1,
    "from-sequence-number": 0,
    "enqueued-time-utc": Timestamp(0),
}


def opened(node: str) -> WireClient:
    client = WireClient(a_hub(PLAN))
    client.open()
    client.attach(1, f"{node}/$management", receives=True)
    client.attach(2, f"{node}/$management", receives=False)
    client.grant(1, 100_000)
    client.hear()
    return client


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_an_operation_answers_whatever_its_fields_hold(node: str, operation: str) -> None:
    client = opened(node)
    asked = 0
    for field in FIELDS:
        for value in VALUES:
            client.request(2, asked, operation, {**GOOD, field: value})
            asked += 1

    assert len(of_kind(client.hear(), Transfer)) == asked
    assert not client.wire.closed


@pytest.mark.parametrize("body", VALUES, ids=repr)
async def test_an_operation_answers_whatever_its_body_is(body: object) -> None:
    client = opened("q")

    for number, operation in enumerate(OPERATIONS):
        client.request(2, number, operation, body)
    client.request(2, 1000, "unknown", body, associated_link_name=body)

    assert len(of_kind(client.hear(), Transfer)) == len(OPERATIONS) + 1
