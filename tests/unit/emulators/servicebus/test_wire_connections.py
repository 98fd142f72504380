import pytest

from emulators.servicebus.amqp.decode import decode
from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, HEARTBEAT, SASL_PREAMBLE, frame, sasl_frame
from emulators.servicebus.amqp.performatives import (
    BEGIN,
    CLOSE,
    OPEN,
    Attach,
    Close,
    Open,
    Transfer,
    write_performative,
)
from emulators.servicebus.amqp.sections import APPLICATION_PROPERTIES, DATA, section, spans
from emulators.servicebus.amqp.values import Symbol, Uint
from emulators.servicebus.broker.broker import Plan, QueuePlan
from emulators.servicebus.broker.changes import Changes
from emulators.servicebus.wire.connection import IDLE_TIMEOUT
from emulators.servicebus.wire.hub import Hub, StoringFailed
from tests.support.wire_client import SASL_INIT, WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"),))
PEEK: dict[str, object] = {"from-sequence-number": 0, "message-count": 1}


def a_client() -> WireClient:
    client = WireClient(a_hub(PLAN))
    client.open()
    return client


async def test_preambles_are_answered_in_kind() -> None:
    client = WireClient(a_hub(PLAN))

    client.connection.data_received(SASL_PREAMBLE)
    client.hub.turn()
    first = client.wire.written
    client.connection.data_received(sasl_frame(write_performative(SASL_INIT, Symbol("ANONYMOUS"))) + AMQP_PREAMBLE)
    client.hub.turn()

    assert first.startswith(SASL_PREAMBLE)
    assert b"ANONYMOUS" in first
    assert client.wire.written.endswith(AMQP_PREAMBLE)


async def test_another_mechanism_than_anonymous_is_refused_and_the_connection_closed() -> None:
    client = WireClient(a_hub(PLAN))

    client.connection.data_received(SASL_PREAMBLE + sasl_frame(write_performative(SASL_INIT, Symbol("PLAIN"))))
    client.hub.turn()

    assert client.wire.written.endswith(b"\x50\x01")
    assert client.wire.closed


async def test_sasl_plain_with_name_and_key_opens_everything_without_a_token() -> None:
    client = WireClient(a_hub(PLAN))
    response = b"\0RootManageSharedAccessKey\0local-development-key"
    init = sasl_frame(write_performative(SASL_INIT, Symbol("PLAIN"), response))

    client.connection.data_received(SASL_PREAMBLE + init + AMQP_PREAMBLE)
    client.say(OPEN, "test", channel=0)
    client.say(BEGIN, None, Uint(0), Uint(100), Uint(100))
    client.hear()

    assert len(of_kind(client.attach(1, "q", receives=False), Attach)) == 1
    assert client.connection.may_use("anything")


async def test_something_else_than_amqp_is_told_the_expected_preamble() -> None:
    client = WireClient(a_hub(PLAN))

    client.connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    client.hub.turn()

    assert client.wire.closed


async def test_frames_may_come_in_any_portions() -> None:
    client = WireClient(a_hub(PLAN))
    hello = SASL_PREAMBLE + sasl_frame(write_performative(SASL_INIT, Symbol("ANONYMOUS"))) + AMQP_PREAMBLE
    data = hello + frame(0, write_performative(0x10, "test"))

    for at in range(len(data)):
        client.connection.data_received(data[at : at + 1])

    assert len(of_kind(client.hear(), Open)) == 1


@pytest.mark.parametrize(
    "data", [b"\x00\x00\x00\x04\x02\x00\x00\x00", b"\x7f\x00\x00\x00\x02\x00\x00\x00", frame(1, b"\x00\x53\x14\x45")]
)
async def test_a_broken_frame_closes_the_connection_with_the_reason(data: bytes) -> None:
    client = a_client()

    client.connection.data_received(data)
    (close,) = of_kind(client.hear(), Close)

    assert "amqp:decode-error" in str(close.error)
    assert client.wire.closed


async def test_close_is_answered_with_close() -> None:
    client = a_client()

    client.say(CLOSE, channel=0)

    assert of_kind(client.hear(), Close) == [Close()]
    assert client.wire.closed


async def test_all_answers_of_a_turn_are_written_in_one_piece() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)
    before = client.wire.writes

    for number in range(20):
        client.transfer(1, number, section(DATA, b"x"))
    client.hub.turn()

    assert client.wire.writes == before + 1


async def test_a_peer_that_announces_an_idle_timeout_is_kept_alive() -> None:
    client = WireClient(a_hub(PLAN))
    client.open(idle_timeout=10_000)
    now = client.hub.loop_time()

    client.connection.beat(now + 4)
    client.hub.turn()
    early = client.wire.written
    client.connection.beat(now + 6)
    client.hub.turn()

    assert (early, client.wire.written) == (b"", HEARTBEAT)


async def test_a_silent_peer_is_cut() -> None:
    client = a_client()

    client.connection.beat(client.hub.loop_time() + 2 * IDLE_TIMEOUT + 1)

    assert "Nothing was heard" in str(of_kind(client.hear(), Close)[0].error)
    assert client.wire.closed


def statuses(heard: list[tuple[object, bytes]]) -> list[object]:
    found = []
    for performative, payload in heard:
        if isinstance(performative, Transfer):
            (span,) = [each for each in spans(payload) if each.code == APPLICATION_PROPERTIES]
            properties, _ = decode(payload, span.value)
            assert isinstance(properties, dict)
            found.append(properties["statusCode"])
    return found


async def test_responses_wait_for_credit_on_their_link() -> None:
    client = a_client()
    client.attach(1, "q/$management", receives=True)
    client.attach(2, "q/$management", receives=False)
    client.grant(1, 2)

    for number in range(3):
        client.request(2, number, "com.microsoft:peek-message", PEEK)
    within_credit = statuses(list(client.hear()))
    client.grant(1, 1, delivery_count=2)
    afterwards = statuses(list(client.hear()))

    assert (within_credit, afterwards) == ([204, 204], [204])


async def test_an_unknown_operation_and_a_bad_argument_are_refused() -> None:
    client = a_client()
    client.attach(1, "q/$management", receives=True)
    client.attach(2, "q/$management", receives=False)
    client.grant(1, 10)

    client.request(2, 0, "com.microsoft:fly", {})
    client.request(2, 1, "com.microsoft:renew-lock", {"lock-tokens": "none"})
    client.request(2, 2, "com.microsoft:peek-message", {"message-count": "many"})
    client.request(2, 3, "com.microsoft:get-session-state", {"session-id": "s"})

    assert statuses(list(client.hear())) == [400, 400, 400, 400]


class BrokenJournal:
    def commit(self, changes: Changes) -> None:
        raise StoringFailed("disk full")


async def test_nothing_is_told_if_storing_fails() -> None:
    good = a_hub(PLAN)
    hub = Hub(good.broker, BrokenJournal(), good.clock, good.key)
    failures: list[str] = []
    hub.on_failure = lambda: failures.append("stopped")
    client = WireClient(hub)
    client.open()
    client.attach(1, "q", receives=False)

    client.transfer(1, 0, section(DATA, b"x"))

    assert client.hear() == []
    assert client.wire.closed
    assert failures == ["stopped"]
