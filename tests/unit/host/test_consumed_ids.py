from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from durable.events import ActivityCompleted, EventReceived, HistoryEvent, SagaStarted
from durable.ports import Record
from orchestrator.heads import continuation_id
from orchestrator.host.consumed import CARRIED_MAX, Consumed, Place
from orchestrator.records import TurnRecord, carried_by, encode_turn

AT = datetime(2026, 11, 27, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = "run"


def raised(id: str) -> HistoryEvent:
    return EventReceived(name="n", message_id=id)


@dataclass
class Life:
    """An instance that continues as new over and over: what it remembers, and what is stored of it."""

    consumed: Consumed = field(default_factory=lambda: Consumed("a", 1))
    stored: dict[int, list[Record]] = field(default_factory=dict)
    execution: int = 1
    now: datetime = AT
    reads: int = 0

    def turn(self, *events: HistoryEvent) -> None:
        turns = self.stored.setdefault(self.execution, [])
        carried = self.consumed.carried(self.now) if not turns else carried_by({})
        self.consumed.add(events, RUN, len(turns) + 1, self.now)
        written = TurnRecord("a", RUN, self.execution, len(turns) + 1, self.now, "1:b", events, (), None, carried)
        turns.append(encode_turn(written, "000"))

    def next(self, after: timedelta = MINUTE) -> None:
        self.execution += 1
        self.now += after
        self.consumed.open(self.execution)
        self.turn(SagaStarted(saga="s", message_id=continuation_id("a", RUN, self.execution)))

    async def loaded(self) -> Consumed:
        async def turns(execution: int) -> Sequence[Record]:
            self.reads += 1
            return self.stored[execution]

        consumed = Consumed("a", self.execution)
        consumed.read(self.stored[self.execution])
        await consumed.hear(carried_by(self.stored[self.execution][0]), self.now, turns)
        return consumed


async def test_an_answer_is_remembered_with_its_turn() -> None:
    life = Life()
    life.turn(SagaStarted(saga="s", message_id="start"))
    life.turn(ActivityCompleted(task_id=1, message_id="answer"))

    for consumed in (life.consumed, await life.loaded()):
        assert consumed.find("answer") == Place(1, 2)
        assert consumed.find("another") is None


async def test_the_next_execution_knows_what_anybody_sent_and_nothing_of_answers() -> None:
    life = Life()
    life.turn(SagaStarted(saga="s", message_id="start"), raised("event"))
    life.turn(ActivityCompleted(task_id=1, message_id="answer"))
    life.next()

    for consumed in (life.consumed, await life.loaded()):
        assert consumed.find("start") == consumed.find("event") == Place(1, 1)
        assert consumed.find("answer") is None


async def test_the_answers_of_an_earlier_execution_can_be_looked_up() -> None:
    life = Life()
    life.turn(ActivityCompleted(task_id=1, message_id="answer"))
    life.next()
    consumed = await life.loaded()

    consumed.recall(1, life.stored[1])

    assert consumed.find("answer") == Place(1, 1)
    assert consumed.recalled == (1,)


async def test_ids_are_carried_for_a_day_and_no_longer() -> None:
    life = Life()
    life.turn(raised("event"))
    life.next(timedelta(days=1))
    assert (await life.loaded()).find("event") == Place(1, 1)

    life.next(MINUTE)

    assert (await life.loaded()).find("event") is None


async def test_an_instance_that_nobody_tells_anything_carries_nothing() -> None:
    life = Life()
    life.turn(SagaStarted(saga="s", message_id="start"))
    for _ in range(50):
        life.next()

    assert [entry[0] for entry in life.stored[50][0]["carried"]] == ["start"]


async def test_however_many_ids_there_are_a_turn_carries_few_and_a_load_finds_them_all() -> None:
    life = Life()
    for number in range(500):
        life.turn(raised(f"event-{number}"))
        life.next(timedelta(seconds=30))

    consumed = await life.loaded()

    assert max(len(turns[0].get("carried", ())) for turns in life.stored.values()) == CARRIED_MAX
    assert all(consumed.find(f"event-{number}") is not None for number in range(500))
    assert life.reads <= 500 / CARRIED_MAX


async def test_an_execution_that_took_more_than_is_carried_is_read_whole() -> None:
    life = Life()
    for number in range(1000):
        life.turn(raised(f"event-{number}"))
    life.next()
    life.next()

    consumed = await life.loaded()

    assert all(consumed.find(f"event-{number}") == Place(1, number + 1) for number in range(1000))


async def test_a_load_reads_no_execution_that_is_older_than_a_day() -> None:
    life = Life()
    for number in range(800):
        life.turn(raised(f"event-{number}"))
        life.next(3 * MINUTE)

    await life.loaded()

    assert life.reads <= 24 * 20 / CARRIED_MAX + 1
