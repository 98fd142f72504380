import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from durable.adapters.servicebus.writer import WAITING_CALLS_MAX, Transfer, Writer
from durable.errors import BrokerUnavailable, DurableError, MessageTooLarge, RefusedError, UnknownDestination
from durable.messages import Message

ROOM = 5
LARGE = b"x" * 200_000


@dataclass
class ListedTransfer:
    messages: list[Message] = field(default_factory=list)

    def add(self, message: Message) -> bool:
        if message.body == LARGE:
            raise MessageTooLarge("too large")
        if len(self.messages) >= ROOM:
            return False
        self.messages.append(message)
        return True

    def __len__(self) -> int:
        return len(self.messages)


@dataclass
class ListedOutlet:
    """Keeps what is sent. `answers` are what the next sends and openings raise."""

    sent: list[list[str]] = field(default_factory=list)
    answers: list[DurableError | None] = field(default_factory=list)
    refusal: DurableError | None = None
    opened: int = 0
    closed: int = 0
    sending: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self.opened += 1
        if self.refusal is not None:
            raise self.refusal

    def transfer(self) -> Transfer:
        return ListedTransfer()

    async def send(self, transfer: Transfer) -> None:
        assert isinstance(transfer, ListedTransfer)
        self.sending += 1
        assert self.sending == 1, "two sends at once"
        await self.gate.wait()
        self.sending -= 1
        error = self.answers.pop(0) if self.answers else None
        if error is not None:
            raise error
        self.sent.append([message.id for message in transfer.messages])

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def outlet() -> ListedOutlet:
    outlet = ListedOutlet()
    outlet.gate.set()
    return outlet


@pytest.fixture
async def writer(outlet: ListedOutlet) -> AsyncIterator[Writer]:
    writer = Writer(outlet)
    yield writer
    await writer.close()


def a_call(head: str, number: int = 1) -> list[Message]:
    return [Message(b"", f"{head}{n}") for n in range(number)]


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def outcomes(*sends: "asyncio.Task[None]") -> list[str]:
    results: Sequence[BaseException | None] = await asyncio.gather(*sends, return_exceptions=True)
    return [type(result).__name__ for result in results]


async def test_an_idle_writer_sends_at_once(writer: Writer, outlet: ListedOutlet) -> None:
    await writer.send(a_call("a"))

    assert outlet.sent == [["a0"]]


async def test_what_comes_while_it_sends_goes_together(writer: Writer, outlet: ListedOutlet) -> None:
    outlet.gate.clear()
    sends = [asyncio.create_task(writer.send(a_call(head))) for head in "a"]
    await turns()
    sends += [asyncio.create_task(writer.send(a_call(head))) for head in "bcd"]
    await turns()

    outlet.gate.set()
    await asyncio.gather(*sends)

    assert outlet.sent == [["a0"], ["b0", "c0", "d0"]]


async def test_a_call_that_fills_several_transfers_keeps_its_order(writer: Writer, outlet: ListedOutlet) -> None:
    await asyncio.gather(writer.send(a_call("a", 3)), writer.send(a_call("b", 7)), writer.send(a_call("c", 2)))

    assert [id for transfer in outlet.sent for id in transfer] == [
        *(f"a{n}" for n in range(3)),
        *(f"b{n}" for n in range(7)),
        *(f"c{n}" for n in range(2)),
    ]
    assert max(map(len, outlet.sent)) == ROOM


async def test_a_too_large_message_fails_its_call_before_any_of_it_is_sent(
    writer: Writer, outlet: ListedOutlet
) -> None:
    calls = (a_call("a"), [*a_call("b"), Message(LARGE, "large"), *a_call("c")], a_call("d"))

    found = await outcomes(*(asyncio.create_task(writer.send(call)) for call in calls))

    assert found == ["NoneType", "MessageTooLarge", "NoneType"]
    assert outlet.sent == [["a0", "d0"]]


async def test_a_refused_transfer_is_sent_call_by_call(writer: Writer, outlet: ListedOutlet) -> None:
    outlet.answers = [RefusedError("no session"), None, RefusedError("no session"), None]

    found = await outcomes(*(asyncio.create_task(writer.send(a_call(head))) for head in "abc"))

    assert found == ["NoneType", "RefusedError", "NoneType"]
    assert outlet.sent == [["a0"], ["c0"]]


async def test_a_transfer_without_answer_is_sent_once_more_over_a_new_connection(
    writer: Writer, outlet: ListedOutlet
) -> None:
    outlet.answers = [BrokerUnavailable("idle for ten minutes")]

    await writer.send(a_call("a"))

    assert outlet.sent == [["a0"]]
    assert (outlet.opened, outlet.closed) == (2, 1)


async def test_a_transfer_that_fails_twice_fails_its_calls_and_not_the_next(
    writer: Writer, outlet: ListedOutlet
) -> None:
    outlet.answers = [BrokerUnavailable("down"), BrokerUnavailable("down")]

    found = await outcomes(*(asyncio.create_task(writer.send(a_call(head, 4))) for head in "ab"))

    assert found == ["BrokerUnavailable", "BrokerUnavailable"]
    await writer.send(a_call("c"))
    assert outlet.sent == [["c0"]]


async def test_the_rest_of_a_failed_call_is_not_sent(writer: Writer, outlet: ListedOutlet) -> None:
    outlet.answers = [None, BrokerUnavailable("down"), BrokerUnavailable("down")]

    found = await outcomes(
        asyncio.create_task(writer.send(a_call("a", 20))), asyncio.create_task(writer.send(a_call("b")))
    )

    assert found == ["BrokerUnavailable", "NoneType"]
    assert [id for transfer in outlet.sent for id in transfer] == [*(f"a{n}" for n in range(5)), "b0"]


async def test_an_unknown_destination_is_asked_for_anew_by_each_send(writer: Writer, outlet: ListedOutlet) -> None:
    outlet.refusal = UnknownDestination("no such queue")
    with pytest.raises(UnknownDestination):
        await writer.send(a_call("a"))

    outlet.refusal = None
    await writer.send(a_call("b"))

    assert outlet.sent == [["b0"]]


async def test_callers_wait_when_too_much_is_waiting(outlet: ListedOutlet) -> None:
    outlet.gate.clear()
    writer = Writer(outlet)
    sends = [asyncio.create_task(writer.send(a_call(f"{n}."))) for n in range(WAITING_CALLS_MAX * 2)]
    await turns(10)

    assert writer._calls.qsize() == WAITING_CALLS_MAX

    outlet.gate.set()
    await asyncio.gather(*sends)
    await writer.close()
    assert len([id for transfer in outlet.sent for id in transfer]) == WAITING_CALLS_MAX * 2


async def test_what_waits_when_the_writer_is_closed_is_not_known(outlet: ListedOutlet) -> None:
    outlet.gate.clear()
    writer = Writer(outlet)
    sends = [asyncio.create_task(writer.send(a_call(head))) for head in "abc"]
    await turns()

    await writer.close()

    assert await outcomes(*sends) == ["BrokerUnavailable"] * 3
    with pytest.raises(BrokerUnavailable):
        await writer.send(a_call("d"))


async def test_it_tells_how_many_messages_of_merged_calls_went_together(outlet: ListedOutlet) -> None:
    told: list[int] = []
    outlet.gate.clear()
    writer = Writer(outlet, told.append)
    first = asyncio.create_task(writer.send(a_call("a")))
    await turns()
    others = [asyncio.create_task(writer.send(a_call(name, 2))) for name in "bcd"]
    await turns()
    outlet.gate.set()
    await asyncio.gather(first, *others)
    await writer.close()

    assert told == [1, 5, 1]
