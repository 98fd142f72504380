from datetime import timedelta
from typing import Any

import pytest

from durable import ActivityError, RetryPolicy, SagaContext, saga
from durable.errors import AuthorError
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled
from durable.failure import Failure
from tests.support.drive import NOON
from tests.support.tables import ADD, begun, kinds, numbered, replayed

SECOND = timedelta(seconds=1)
THREE = RetryPolicy(max_attempts=3, first_delay=2 * SECOND, jitter="none")


def calling(policy: RetryPolicy | None) -> Any:
    @saga("retrying")
    async def retrying(ctx: SagaContext) -> int:
        return await ctx.call(ADD, 7, retry=policy, label="x")

    return retrying


def failed(attempt: int = 1, **failure: Any) -> ActivityFailed:
    return ActivityFailed(task_id=1, attempt=attempt, failure=Failure("E", "no", **failure))


def test_a_failed_attempt_is_followed_by_another_that_is_sent_when_it_is_due() -> None:
    instance, _ = begun(calling(THREE))

    turn = instance.turn([failed()], NOON)

    assert turn.events[1] == ActivityScheduled(
        at=NOON,
        sequence=4,
        task_id=1,
        name="math.add",
        label="x",
        attempt=2,
        input=7,
        due=NOON + 2 * SECOND,
    )
    assert turn.outbox == (("command", 1),)
    assert instance.is_open(1, 2)
    assert not instance.is_open(1, 1)


def test_the_delay_grows_from_attempt_to_attempt_until_none_is_left() -> None:
    instance, _ = begun(calling(THREE))

    second = instance.turn([failed(1)], NOON).events[-1]
    third = instance.turn([failed(2)], NOON).events[-1]
    last = instance.turn([failed(3)], NOON)

    assert isinstance(second, ActivityScheduled)
    assert isinstance(third, ActivityScheduled)
    assert (second.due, third.due) == (NOON + 2 * SECOND, NOON + 4 * SECOND)
    assert kinds(last.events) == ["ActivityFailed", "SagaFailed"]


def test_without_a_policy_there_is_one_attempt() -> None:
    instance, _ = begun(calling(None))

    assert kinds(instance.turn([failed()], NOON).events) == ["ActivityFailed", "SagaFailed"]


def test_a_failure_that_no_attempt_can_help_is_not_tried_again() -> None:
    instance, _ = begun(calling(THREE))

    assert kinds(instance.turn([failed(retryable=False)], NOON).events) == ["ActivityFailed", "SagaFailed"]


def test_a_handler_may_ask_for_a_longer_delay_but_not_for_a_shorter_one() -> None:
    longer, _ = begun(calling(THREE))
    shorter, _ = begun(calling(THREE))

    late = longer.turn([failed(retry_after=9.0)], NOON).events[-1]
    soon = shorter.turn([failed(retry_after=0.5)], NOON).events[-1]

    assert isinstance(late, ActivityScheduled)
    assert isinstance(soon, ActivityScheduled)
    assert (late.due, soon.due) == (NOON + 9 * SECOND, NOON + 2 * SECOND)


def test_a_delay_beyond_all_reason_is_cut_to_a_year() -> None:
    instance, _ = begun(calling(THREE))

    event = instance.turn([failed(retry_after=1e300)], NOON).events[-1]

    assert isinstance(event, ActivityScheduled)
    assert event.due == NOON + timedelta(days=366)


def test_no_attempt_starts_after_the_total_time() -> None:
    policy = RetryPolicy(max_attempts=9, first_delay=2 * SECOND, jitter="none", total=5 * SECOND)
    instance, _ = begun(calling(policy))

    instance.turn([failed(1)], NOON)
    turn = instance.turn([failed(2)], NOON + 2 * SECOND)

    assert kinds(turn.events) == ["ActivityFailed", "SagaFailed"]


def test_jitter_is_derived_so_that_the_same_failure_gives_the_same_delay() -> None:
    policy = RetryPolicy(max_attempts=3, first_delay=60 * SECOND)
    dues = []
    for _ in range(2):
        instance, _ = begun(calling(policy))
        event = instance.turn([failed()], NOON).events[-1]
        assert isinstance(event, ActivityScheduled)
        dues.append(event.due)

    assert dues[0] == dues[1]
    assert dues[0] is not None
    assert NOON < dues[0] < NOON + 60 * SECOND


def test_the_answer_to_the_last_attempt_is_the_value_of_the_call() -> None:
    instance, _ = begun(calling(THREE))

    instance.turn([failed()], NOON)
    instance.turn([ActivityCompleted(task_id=1, attempt=2, output=3)], NOON)

    assert instance.output == 3


@pytest.mark.parametrize("policy", [None, RetryPolicy(max_attempts=50)], ids=["stricter", "looser"])
def test_a_policy_changed_by_new_code_is_no_mismatch(policy: RetryPolicy | None) -> None:
    instance, first = begun(calling(THREE))
    history = list(first.events)
    for attempt in (1, 2, 3):
        history += instance.turn([failed(attempt)], NOON).events

    for length in (2, 4, 6, len(history)):
        assert replayed(calling(policy), history[:length]).mismatch is None


def test_an_open_retry_goes_on_after_a_replay() -> None:
    instance, first = begun(calling(THREE))
    history = [*first.events, *instance.turn([failed()], NOON).events]

    again = replayed(calling(THREE), history)
    turn = again.turn([failed(2)], NOON)

    assert isinstance(turn.events[1], ActivityScheduled)
    assert (turn.events[1].attempt, turn.events[1].input, turn.events[1].due) == (3, 7, NOON + 4 * SECOND)


def test_a_predicate_that_raises_is_told_to_the_author() -> None:
    def broken(failure: Failure) -> bool:
        raise LookupError("none")

    instance, _ = begun(calling(RetryPolicy(max_attempts=2, retry_if=broken)))

    with pytest.raises(AuthorError, match=r"retry_if.*LookupError: none"):
        instance.turn([failed()], NOON)


def test_a_saga_sees_the_failure_of_the_last_attempt() -> None:
    seen = []

    @saga("seeing")
    async def seeing(ctx: SagaContext) -> None:
        try:
            await ctx.call(ADD, 1, retry=RetryPolicy(max_attempts=2))
        except ActivityError as error:
            seen.append(error.failure.message)

    instance, _ = begun(seeing)
    instance.turn([ActivityFailed(task_id=1, failure=Failure("E", "one"))], NOON)
    instance.turn([ActivityFailed(task_id=1, attempt=2, failure=Failure("E", "two"))], NOON)

    assert seen == ["two"]


def test_an_attempt_answered_twice_is_counted_once() -> None:
    instance, _ = begun(calling(THREE))

    turn = instance.turn([failed(), failed()], NOON)

    assert (
        turn.events[0]
        == numbered(ActivityFailed(task_id=1, name="math.add", label="x", failure=Failure("E", "no")), first=3)[0]
    )
    assert kinds(turn.events) == ["ActivityFailed", "ActivityScheduled"]
