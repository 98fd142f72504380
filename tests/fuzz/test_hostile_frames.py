import pytest

from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, SASL_PREAMBLE, frame, sasl_frame
from emulators.servicebus.amqp.performatives import BEGIN, OPEN, Attach, Close, End, write_performative
from emulators.servicebus.amqp.values import Symbol, Uint
from emulators.servicebus.wire.hub import Hub
from tests.fuzz.hostile_frames import ENDING, FATAL, IGNORED
from tests.support.service_bus import namespace
from tests.support.wire_client import SASL_INIT, WireClient, a_hub, of_kind

PLAN = namespace({"q": {}, "s": {"RequiresSession": True}})
INIT = sasl_frame(write_performative(SASL_INIT, Symbol("ANONYMOUS")))
OPENING = frame(0, write_performative(OPEN, "test"))


def opened(hub: Hub | None = None) -> WireClient:
    client = WireClient(hub or a_hub(PLAN))
    client.open()
    return client


@pytest.mark.parametrize(("data", "condition"), FATAL.values(), ids=FATAL)
async def test_what_breaks_the_protocol_closes_the_connection_with_the_reason(data: bytes, condition: str) -> None:
    client = opened()

    client.connection.data_received(data)
    (close,) = of_kind(client.hear(), Close)

    assert condition in str(close.error)
    assert client.wire.closed


@pytest.mark.parametrize(("data", "condition"), ENDING.values(), ids=ENDING)
async def test_what_breaks_the_rules_of_a_session_ends_it_with_the_reason(data: bytes, condition: str) -> None:
    client = opened()

    client.connection.data_received(data)
    (end,) = of_kind(client.hear(), End)

    assert condition in str(end.error)
    assert not client.wire.closed


@pytest.mark.parametrize("data", IGNORED.values(), ids=IGNORED)
async def test_what_may_cross_on_its_way_is_ignored(data: bytes) -> None:
    client = opened()

    client.connection.data_received(data)

    assert client.hear() == []
    assert len(of_kind(client.attach(1, "q", receives=False), Attach)) == 1


@pytest.mark.parametrize(
    "early",
    [INIT, OPENING, SASL_PREAMBLE + OPENING, SASL_PREAMBLE + AMQP_PREAMBLE],
    ids=["init before a preamble", "open before a preamble", "open before SASL is done", "AMQP before SASL is done"],
)
async def test_what_comes_before_its_turn_is_cut_off(early: bytes) -> None:
    client = WireClient(a_hub(PLAN))

    client.connection.data_received(early)
    client.hub.turn()

    assert client.wire.closed


async def test_a_session_before_open_closes_the_connection_with_the_reason() -> None:
    client = WireClient(a_hub(PLAN))

    client.connection.data_received(SASL_PREAMBLE + INIT + AMQP_PREAMBLE)
    client.say(BEGIN, None, Uint(0), Uint(1), Uint(1))
    (close,) = of_kind(client.hear(), Close)

    assert "amqp:illegal-state" in str(close.error)
