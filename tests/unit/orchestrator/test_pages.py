from dataclasses import replace

import orjson
import pytest

from durable.errors import UndecodableMessage
from durable.events import ActivityScheduled
from durable.ports import Record
from orchestrator.assembly import Assembly
from orchestrator.compacts import compact, groups, last_turn, turns_in
from orchestrator.pages import PAGE_BYTES_MAX, EventTooLarge, in_pages
from orchestrator.records import decode_turn, encode_turn, turn_range
from tests.support.examples import AT, TURN


def a_turn(sequence: int, events: int = 1, size: int = 10, writer: str = "3:batch") -> Record:
    first = sequence * 1000
    happened = tuple(
        ActivityScheduled(task_id=n, name="steps.a", attempt=1, label="x" * size, at=AT, sequence=first + n)
        for n in range(events)
    )
    outbox = tuple(("command", n) for n in range(events))
    return encode_turn(replace(TURN, sequence=sequence, events=happened, outbox=outbox, writer=writer), "003")


def a_large_turn(sequence: int, writer: str = "3:batch") -> tuple[list[Record], Record, Record]:
    turn = a_turn(sequence, events=100, size=20_000, writer=writer)
    pages, closing = in_pages(turn)
    return pages, closing, turn


def read(*records: Record, after: int = 0) -> tuple[list[Record], Assembly]:
    assembly = Assembly(after)
    turns = [turn for record in sorted(records, key=lambda one: one["id"]) for turn in assembly.take(record)]
    return [*turns, *assembly.rest()], assembly


def test_a_large_turn_comes_together_again_from_its_pages() -> None:
    pages, closing, turn = a_large_turn(2)

    turns, assembly = read(a_turn(1), *pages, closing, a_turn(3))

    assert len(pages) == 3
    assert turns == [a_turn(1), turn, a_turn(3)]
    assert assembly.unnamed == []


def test_every_part_of_a_large_turn_fits_into_a_page_and_stands_in_the_range_of_its_history() -> None:
    pages, closing, _ = a_large_turn(2)
    first, last = turn_range(TURN.instance_id, TURN.execution)

    assert all(len(orjson.dumps(part)) <= PAGE_BYTES_MAX for part in (*pages, closing))
    assert all(first <= part["id"] <= last for part in (*pages, closing))


def test_pages_without_their_turn_are_passed_over() -> None:
    pages, _, _ = a_large_turn(2)

    turns, assembly = read(a_turn(1), *pages)

    assert turns == [a_turn(1)]
    assert assembly.unnamed == pages


def test_pages_of_another_try_are_passed_over() -> None:
    lost, _, _ = a_large_turn(2, "2:lost")
    pages, closing, turn = a_large_turn(2)

    turns, assembly = read(a_turn(1), *lost, *pages, closing)

    assert turns == [a_turn(1), turn]
    assert assembly.unnamed == lost


def test_pages_of_a_try_of_a_turn_that_came_out_small_are_passed_over() -> None:
    lost, _, _ = a_large_turn(2, "2:lost")

    turns, assembly = read(a_turn(1), *lost, a_turn(2), a_turn(3))

    assert turns == [a_turn(1), a_turn(2), a_turn(3)]
    assert assembly.unnamed == lost


def test_a_turn_whose_pages_are_not_all_there_is_given_as_one_that_can_not_be_read() -> None:
    pages, closing, _ = a_large_turn(2)

    turns, _ = read(a_turn(1), *pages[1:], closing, a_turn(3))

    assert [turn["sequence"] for turn in turns] == [1, 2, 3]
    with pytest.raises(UndecodableMessage, match=r"expected the 3 pages of turn .*~0000000002; they are not all there"):
        decode_turn(turns[1])


def test_an_event_that_does_not_fit_into_a_page_is_named() -> None:
    with pytest.raises(EventTooLarge, match=r"expected at most 598000 bytes .* found 6\d+ in event 1 .*ActivitySch"):
        in_pages(a_turn(1, size=600_000))


def test_a_compact_record_gives_its_turns_as_they_were_written() -> None:
    turns = [a_turn(1), a_turn(2), a_turn(3)]

    assert list(turns_in(compact(turns))) == turns
    assert last_turn(compact(turns)) == 3


@pytest.mark.parametrize("left", range(4))
def test_turns_in_a_compact_record_count_once_however_many_of_them_are_left(left: int) -> None:
    turns = [a_turn(sequence) for sequence in range(1, 5)]

    whole, assembly = read(compact(turns[:3]), *turns[:left], turns[3])

    assert whole == turns
    assert assembly.compacted == 3
    assert assembly.covered == [turn["id"] for turn in turns[:left]]


@pytest.mark.parametrize("left", range(4))
def test_a_reader_who_begins_in_the_middle_finds_the_rest_of_a_compact_record(left: int) -> None:
    turns = [a_turn(sequence) for sequence in range(1, 5)]
    stored = [record for record in (compact(turns[:3]), *turns[:left], turns[3]) if record["id"] > turns[0]["id"]]

    whole, assembly = read(*stored, after=1)

    assert whole == turns[1:]
    assert assembly.covered == [turn["id"] for turn in turns[1:left]]


def test_what_is_compacted_a_second_time_is_read_once() -> None:
    turns = [a_turn(sequence) for sequence in range(1, 5)]

    whole, _ = read(compact(turns[:2]), compact(turns[:3]), turns[3])

    assert whole == turns


def test_a_compact_record_holds_as_many_turns_as_fit() -> None:
    small, large = a_turn(1), a_turn(2, events=20, size=29_000)

    assert [len(group) for group in groups([small, small, large, large, small])] == [3, 2]
