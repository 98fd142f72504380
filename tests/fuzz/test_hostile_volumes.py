"""What one client can make the endpoint keep is bounded, and told to it when it is too much."""

import asyncio

import pytest

from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, SASL_PREAMBLE, sasl_frame
from emulators.servicebus.amqp.performatives import (
    BEGIN,
    DISPOSITION,
    FLOW,
    OPEN,
    TRANSFER,
    Attach,
    Close,
    Detach,
    Flow,
    Transfer,
    write_performative,
)
from emulators.servicebus.amqp.sections import DATA, section
from emulators.servicebus.amqp.values import Described, Symbol, Uint
from emulators.servicebus.wire.connection import CLOSING_SECONDS, HALF_FRAME_SECONDS, TURNED_AWAY_MAX
from emulators.servicebus.wire.hub import Hub
from emulators.servicebus.wire.incoming import PARTS_MAX
from emulators.servicebus.wire.outflow import HELD_BYTES_MAX
from emulators.servicebus.wire.outgoing import WAITING_RESPONSES_MAX
from emulators.servicebus.wire.session import LINKS_MAX
from tests.support.service_bus import namespace
from tests.support.wire_client import Heard, WireClient, a_hub, of_kind

PLAN = namespace({"q": {}, "s": {"RequiresSession": True}})
PEEK: dict[str, object] = {"from-sequence-number": 0, "message-count": 1}
BODY = section(DATA, b"x" * 1000)
YES, NO = True, False


def opened(hub: Hub | None = None, *, window: int = 65_536) -> WireClient:
    client = WireClient(hub or a_hub(PLAN))
    client.open(window=window)
    return client


def sends(client: WireClient, count: int, body: bytes = BODY) -> None:
    client.attach(9, "q", receives=False)
    for number in range(count):
        client.transfer(9, number, body)
    client.hear()
    client.say(0x16, Uint(9))
    client.hear()


def error_of(heard: list[Heard], kind: type[Detach] | type[Close] = Detach) -> str:
    (found,) = of_kind(heard, kind)
    return str(found.error)


async def test_a_message_that_grows_beyond_the_limit_costs_its_sender_the_link_at_once() -> None:
    client = opened()
    client.attach(1, "q", receives=False)

    for _ in range(5):
        client.transfer(1, 0, bytes(60_000), more=True)

    assert "message-size-exceeded" in error_of(client.hear())
    assert client.connection.pending_bytes == 0


async def test_a_message_in_endlessly_many_empty_pieces_costs_its_sender_the_link() -> None:
    client = opened()
    client.attach(1, "q", receives=False)

    for _ in range(PARTS_MAX + 1):
        client.transfer(1, 0, b"", more=True)

    assert "resource-limit-exceeded" in error_of(client.hear())


async def test_messages_begun_on_many_links_cost_the_link_that_is_too_much() -> None:
    client = opened()
    for handle in range(40):
        client.attach(handle, "q", receives=False)

    for handle in range(40):
        for _ in range(4):
            client.transfer(handle, handle, bytes(60_000), more=True)

    assert all("resource-limit-exceeded" in str(each.error) for each in of_kind(client.hear(), Detach))
    assert client.connection.pending_bytes <= 9 << 20
    client.connection.connection_lost(None)
    assert client.connection.pending_bytes == 0


async def test_requests_without_credit_for_their_responses_cost_the_response_link() -> None:
    client = opened()
    client.attach(1, "q/$management", receives=True)
    client.attach(2, "q/$management", receives=False)

    for number in range(WAITING_RESPONSES_MAX + 1):
        client.request(2, number, "com.microsoft:peek-message", PEEK)

    assert "resource-limit-exceeded" in error_of(client.hear())
    assert client.connection.pending_bytes == 0


async def test_a_receiver_without_a_window_gets_nothing_more_until_it_opens_one() -> None:
    client = opened(window=0)
    sends(client, 20)
    client.attach(1, "q", receives=True)
    client.grant(1, 1_000_000, window=0)
    heard = client.hear()
    for _ in range(50):
        client.say(DISPOSITION, YES, Uint(0), Uint(2**32 - 1), YES, Described(0x26, []))
        heard += client.hear()
    held = len(client.connection._sessions[1]._held_back)
    client.grant(1, 1_000_000, window=1000)
    opened_up = client.hear() + client.hear()

    assert of_kind(heard, Transfer) == []
    assert held == 1
    assert len(of_kind(opened_up, Transfer)) == 20 + 1  # The one that was held back was released, and came again.


async def test_a_receiver_that_does_not_read_is_neither_sent_to_nor_listened_to() -> None:
    hub = a_hub(PLAN)
    sends(opened(hub), 20)
    client = opened(hub)
    client.attach(1, "q", receives=True)
    client.connection.pause_writing()
    client.grant(1, 1000)

    deaf = client.hear()
    client.connection.resume_writing()
    await asyncio.sleep(0)  # What was said meanwhile is worked off in the next round of the loop.
    reading = client.hear() + client.hear()

    assert of_kind(deaf, Transfer) == []
    assert len(of_kind(reading, Transfer)) == 20
    assert client.wire.is_read


async def test_what_is_handed_out_in_one_turn_is_bounded_whatever_the_credit() -> None:
    hub = a_hub(PLAN)
    sends(opened(hub), 100, section(DATA, bytes(60_000)))
    client = opened(hub)
    client.attach(1, "q", receives=True, settled=True)
    client.grant(1, 2**32 - 1)

    client.hub.turn()
    first = len(client.wire.written)
    rest = sum(len(of_kind(client.hear(), Transfer)) for _ in range(5))

    assert HELD_BYTES_MAX <= first < HELD_BYTES_MAX + 100_000
    assert rest == 100


async def test_a_connection_has_so_many_links_and_no_more() -> None:
    client = opened()
    for channel in range(2, 19):
        client.say(BEGIN, None, Uint(0), Uint(100), Uint(100), channel=channel)
    client.hear()

    for number in range(LINKS_MAX + 1):
        ends = (Described(0x28, ["q"]), Described(0x29, ["q"]))
        client.say(0x12, f"n{number}", Uint(number % 256), NO, None, None, *ends, channel=2 + number // 256)
    heard = client.hear()

    assert len(client.connection.links) == LINKS_MAX
    assert "resource-limit-exceeded" in error_of(heard)
    assert len(of_kind(heard, Attach)) == LINKS_MAX + 1


async def test_there_are_so_many_connections_and_a_few_more_that_are_told_so() -> None:
    hub = a_hub(PLAN)
    hub.connections_max = 2

    clients = [WireClient(hub) for _ in range(2 + TURNED_AWAY_MAX + 1)]
    closed = [client.wire.closed for client in clients]
    clients[2].connection.data_received(SASL_PREAMBLE + sasl_frame(write_performative(0x41, Symbol("ANONYMOUS"))))
    clients[2].connection.data_received(AMQP_PREAMBLE)
    clients[2].say(OPEN, "late", channel=0)

    assert closed == [False] * (2 + TURNED_AWAY_MAX) + [True]
    assert "2 connections already" in error_of(clients[2].hear(), Close)
    assert clients[2].wire.closed


async def test_half_a_frame_and_then_silence_ends_in_bounded_time() -> None:
    client = opened()
    client.connection.data_received(b"\x00\x00\x01\x00\x02")
    since = client.connection._whole_at

    client.connection.beat(since + HALF_FRAME_SECONDS + 1)

    assert "resource-limit-exceeded" in error_of(client.hear(), Close)


async def test_half_a_preamble_and_then_silence_ends_in_bounded_time() -> None:
    client = WireClient(a_hub(PLAN))
    client.connection.data_received(SASL_PREAMBLE[:5])

    client.connection.beat(client.connection._whole_at + HALF_FRAME_SECONDS + 1)
    client.hub.turn()

    assert client.wire.closed


async def test_a_byte_now_and_then_does_not_keep_half_a_frame_alive() -> None:
    client = opened()
    since = client.connection._whole_at
    for byte in b"\x00\x00\x01\x00\x02":
        client.connection.data_received(bytes((byte,)))

    assert client.connection._whole_at == since


async def test_a_closed_connection_whose_peer_does_not_read_is_cut() -> None:
    client = opened()
    client.connection.data_received(AMQP_PREAMBLE)
    client.hub.turn()
    client.wire.closed = False

    client.connection.beat(client.connection._heard_at + CLOSING_SECONDS + 1)

    assert client.wire.closed


async def test_what_comes_behind_a_breach_is_not_kept() -> None:
    client = opened()
    client.connection.data_received(AMQP_PREAMBLE)

    for _ in range(10):
        client.connection.data_received(bytes(1000))

    assert client.connection._unread == b""


async def test_a_flow_that_takes_back_credit_is_answered_with_none_when_it_asks() -> None:
    client = opened()
    sends(client, 2)
    client.attach(1, "q", receives=True)
    client.grant(1, 2)
    client.hear()
    window = (Uint(0), Uint(100), Uint(0), Uint(100))

    for counted, credit in ((2, 0), (0, 1), (0, 0), (2**32 - 5, 2), (5, 2**32 - 1)):
        client.say(FLOW, *window, Uint(1), Uint(counted), Uint(credit), None, NO, YES)
    told = [flow.link_credit for flow in of_kind(client.hear(), Flow)]

    assert told == [0, 0, 0, 0, 2**32 - 1]


async def test_many_clients_that_grant_no_credit_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    hub = a_hub(PLAN)
    for _ in range(20):
        client = opened(hub)
        client.attach(1, "q/$management", receives=True)
        client.attach(2, "q/$management", receives=False)
        client.request(2, 0, "com.microsoft:peek-message", PEEK)

    assert len(caplog.records) == 1


async def test_a_transfer_too_many_is_taken_and_answered() -> None:
    client = opened()
    client.attach(1, "q", receives=False)

    for number in range(5000):
        client.say(TRANSFER, Uint(1), Uint(number), b"t", Uint(0), YES, NO, payload=section(DATA, b""))
    client.hear()

    assert client.hub.broker.counts()["q"].active == 5000


async def test_a_peek_answers_with_what_fits_and_no_more() -> None:
    client = opened()
    sends(client, 40, section(DATA, bytes(60_000)))
    client.attach(1, "q/$management", receives=True)
    client.attach(2, "q/$management", receives=False)
    client.grant(1, 100)

    client.request(2, 0, "com.microsoft:peek-message", {"from-sequence-number": 0, "message-count": 2**31 - 1})
    size = sum(len(payload) for _, payload in client.hear() if payload)

    assert 500_000 < size < 1_100_000


async def test_an_error_repeats_no_more_than_a_little_of_what_was_said() -> None:
    client = opened()
    client.attach(1, "q/$management", receives=True)
    client.attach(2, "q/$management", receives=False)
    client.grant(1, 100)

    client.request(2, 0, "x" * 50_000, {})
    client.request(2, 1, "com.microsoft:peek-message", {"message-count": "y" * 50_000})

    assert all(len(payload) < 3000 for _, payload in client.hear() if payload)
