from emulators.telemetry.records import Kind, Source, Span
from emulators.telemetry.shown.tree import gaps_of, tree_of

WORKER = Source("durable.worker", "1")


def span(id_: str, parent: str = "", start: int = 0, duration: int = 10, kind: Kind = Kind.INTERNAL) -> Span:
    return Span("t", id_, parent, kind, id_, WORKER, start, duration, is_failed=False)


def lines(*spans: Span) -> list[str]:
    """Each row as its depth in dots and its id; a missing one in brackets, an orphan with an exclamation mark."""
    return [
        f"{'.' * row.depth}{f'[{row.span_id}]' if row.is_missing else row.span_id}{'!' if row.is_orphan else ''}"
        for row in tree_of(spans)
    ]


def test_children_stand_below_their_parent_in_the_order_of_time() -> None:
    assert lines(span("b", "root", 5), span("c", "b", 6), span("a", "root", 1), span("root")) == [
        "root", ".a", ".b", "..c",
    ]  # fmt: skip


def test_without_a_root_the_parent_of_the_earliest_is_taken_for_it() -> None:
    assert lines(span("late", "x", 9), span("first", "root", 1), span("second", "root", 2)) == [
        "[root]", ".first", ".second", ".[x]", "..late!",
    ]  # fmt: skip


def test_beside_a_root_what_has_no_parent_yet_is_an_orphan_below_the_place_of_its_parent() -> None:
    assert lines(span("root"), span("work", "command", 3), span("part", "work", 4)) == [
        "root", ".[command]", "..work!", "...part",
    ]  # fmt: skip


def test_a_place_lasts_as_long_as_its_children() -> None:
    place = tree_of([span("a", "x", 5, 10), span("b", "x", 8, 30)])[0]

    assert (place.start, place.end) == (5, 38)


def test_two_roots_both_stand_at_the_top() -> None:
    assert lines(span("one"), span("two", start=1), span("child", "two", 2)) == ["one", "two", ".child"]


def test_spans_that_are_parents_of_each_other_are_not_lost() -> None:
    assert sorted(lines(span("a", "b"), span("b", "a"), span("self", "self"))) == ["a!", "b!", "self!"]


def test_a_chain_that_is_deeper_than_the_stack_of_python_is_shown() -> None:
    chain = [span(str(number), str(number - 1) if number else "") for number in range(5000)]

    assert max(row.depth for row in tree_of(chain)) == 4999


def test_no_spans_are_no_rows() -> None:
    assert tree_of([]) == []
    assert gaps_of([], 1) == []


def test_a_time_in_which_nothing_works_is_a_gap() -> None:
    frame = span("saga", "", 0, 100)
    steps = [span("a", "saga", 0, 20), span("b", "saga", 60, 10), span("c", "saga", 70, 30)]

    assert gaps_of([frame, *steps], 5) == [(20, 60)]


def test_who_waits_for_an_answer_does_not_work_but_who_prepares_it_does() -> None:
    command = span("command", "", 0, 100, Kind.PRODUCER)
    process = span("process", "command", 40, 50, Kind.CONSUMER)

    assert gaps_of([span("turn", "", 0, 10), command, process], 5) == [(10, 40)]


def test_a_short_gap_is_none() -> None:
    assert gaps_of([span("a", "", 0, 10), span("b", "", 12, 10)], 5) == []
