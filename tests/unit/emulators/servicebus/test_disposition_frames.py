import pytest

from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.frames import FRAME_HEADER_BYTES, disposition_frame, read_header
from emulators.servicebus.amqp.performatives import Disposition, read_performative
from emulators.servicebus.amqp.values import Described, Symbol, Ulong


@pytest.mark.parametrize("length", [0, 1, 200, 230, 250, 300, 70_000])
def test_a_rejection_may_tell_a_long_story(length: int) -> None:
    error = Described(Ulong(0x1D), [Symbol("amqp:not-allowed"), "x" * length])
    state = encode(Described(Ulong(0x25), [error]))

    sent = disposition_frame(3, from_receiver=True, delivery_id=7, state=state)
    told, end = read_performative(sent, FRAME_HEADER_BYTES)

    assert read_header(sent) == (len(sent), 2, 0, 3)
    assert isinstance(told, Disposition)
    assert (told.role, told.first, told.last, told.settled, end) == (True, 7, None, True, len(sent))
    assert encode(told.state) == state
