from orchestrator.spending import OTHER, STEPS_MAX, Spent


def a_turn(step: str = "steps.add-one") -> Spent:
    spent = Spent(7.5, 900)
    spent.of(step)[0] += 1
    spent.of(step)[1] += 0.25
    spent.message(step, 300)
    spent.message(None, 100)
    return spent


def test_a_sum_is_by_step_and_leaves_what_it_is_made_of_alone() -> None:
    first, second = a_turn(), a_turn()

    total = first.plus(second)

    assert total == Spent(15.0, 1800, 2, 200, {"steps.add-one": [2, 0.5, 2, 600]})
    assert first == second == a_turn()


def test_a_head_shows_totals_by_name_and_steps_and_is_read_as_it_was_written() -> None:
    spent = a_turn()

    record = spent.in_head()

    assert record == {
        "ru": 7.5,
        "messages": 2,
        "bytes": 1300,
        "record_bytes": 900,
        "worker_seconds": 0.25,
        "steps": {"steps.add-one": [1, 0.25, 1, 300]},
    }
    assert Spent.from_head(record) == spent


def test_what_a_head_holds_and_what_the_turns_behind_it_hold_add_up() -> None:
    total = Spent.from_head(a_turn().in_head())

    total.add(*a_turn("steps.other").in_turn())

    assert total == a_turn().plus(a_turn("steps.other"))


def test_more_than_fifty_names_are_put_together() -> None:
    spent = Spent()
    for number in range(STEPS_MAX + 25):
        spent.message(f"steps.number-{number}", 10)
    spent.message("steps.number-3", 10)
    spent.message(None, 1)

    assert len(spent.steps) == STEPS_MAX + 1
    assert spent.steps["steps.number-3"] == [0, 0.0, 2, 20]
    assert spent.steps[OTHER] == [0, 0.0, 25, 250]
    assert (spent.totals()["messages"], spent.totals()["bytes"]) == (STEPS_MAX + 27, 10 * (STEPS_MAX + 26) + 1)
