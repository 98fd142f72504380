import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, BeforeValidator

from durable import Activity, NonRetryable, RetryAfter
from durable.errors import ObjectNotFound
from durable.failure import Failure
from durable.worker import Worker
from tests.support.worker_world import SHOUT, Text, a_command, a_world


class CardDeclined(Exception):
    pass


class Sized(BaseModel):
    size: int
    name: str


SIZED = Activity("texts.sized", Sized, Sized)


def raising(error: BaseException) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def fail(text: Text) -> Text:
        raise error

    return worker


def returning(make: Callable[[], object]) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def give(text: Text) -> Text:
        return make()  # type: ignore[return-value]

    return worker


async def failure_in(worker: Worker, activity: str = SHOUT.name, input: object = None) -> Failure:
    async with a_world(worker) as world:
        await world.send(a_command(activity, input))
        failure = await world.failure()
        await world.stop()
        assert await world.left_in_queue() == []
    return failure


async def test_an_exception_becomes_a_failure_that_may_be_tried_again() -> None:
    failure = await failure_in(raising(CardDeclined("no funds")))

    assert failure.matches("CardDeclined")
    assert (failure.message, failure.retryable, failure.retry_after) == ("no funds", True, None)
    assert "raise error" in failure.stack


async def test_the_cause_of_an_exception_is_told_too() -> None:
    error = CardDeclined("no funds")
    error.__cause__ = TimeoutError("bank")

    failure = await failure_in(raising(error))

    assert failure.cause is not None
    assert (failure.cause.type, failure.cause.message) == ("TimeoutError", "bank")


async def test_non_retryable_ends_the_trying_and_brings_its_details() -> None:
    failure = await failure_in(raising(NonRetryable("no such page", {"page": 9})))

    assert (failure.type, failure.message) == ("durable.errors.NonRetryable", "no such page")
    assert (failure.retryable, failure.details) == (False, {"page": 9})


@pytest.mark.parametrize(
    ("details", "told"),
    [(object(), "<object object"), ({"a": 1 << 70}, "no JSON data"), ("x" * 100_000, "left out")],
)
async def test_details_that_cannot_be_sent_are_told_in_words(details: object, told: str) -> None:
    failure = await failure_in(raising(NonRetryable("m", details)))

    assert failure.message == "m"
    assert told in str(failure.details)


async def test_retry_after_says_how_long_to_wait() -> None:
    failure = await failure_in(raising(RetryAfter(timedelta(seconds=90), "busy")))

    assert (failure.retryable, failure.retry_after, failure.message) == (True, 90.0, "busy")


async def test_a_refusal_is_not_tried_again() -> None:
    assert not (await failure_in(raising(ObjectNotFound("no 'a'")))).retryable


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), StopIteration(1), RecursionError()])
async def test_whatever_a_handler_raises_fails_its_attempt_alone(error: BaseException) -> None:
    assert (await failure_in(raising(error))).retryable


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(1), CardDeclined()])
async def test_whatever_a_threaded_handler_raises_fails_its_attempt_alone(error: BaseException) -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def fail(text: Text) -> Text:
        raise error

    assert (await failure_in(worker)).retryable


async def test_a_text_that_no_encoding_takes_can_still_be_told() -> None:
    failure = await failure_in(raising(OSError("file '\udcff' is gone")))

    assert failure.message == "file '?' is gone"


async def test_input_that_does_not_validate_is_a_final_failure_with_reasons() -> None:
    worker = Worker("texts")

    @worker.handles(SIZED)
    async def never(sized: Sized) -> Sized:
        raise AssertionError

    failure = await failure_in(worker, SIZED.name, {"size": "big"})

    assert (failure.type, failure.retryable) == ("durable.InvalidInput", False)
    assert isinstance(failure.details, list)
    assert [reason["loc"] for reason in failure.details] == ["size", "name"]
    assert "'texts.sized'" in failure.message
    assert "name: Field required" in failure.message


async def test_an_unknown_activity_is_a_final_failure_that_lists_the_known_ones() -> None:
    failure = await failure_in(raising(CardDeclined()), "texts.whisper")

    assert (failure.type, failure.retryable) == ("durable.UnknownActivity", False)
    assert "texts.whisper" in failure.message
    assert "texts.shout" in failure.message


@pytest.mark.parametrize("make", [lambda: Sized(size=1, name="n"), lambda: None, lambda: {"text": 1}, object])
async def test_a_result_of_another_type_is_a_final_failure(make: Callable[[], object]) -> None:
    failure = await failure_in(returning(make))

    assert (failure.type, failure.retryable) == ("durable.ResultMismatch", False)
    assert "texts.shout" in failure.message


async def test_a_result_too_large_for_a_payload_is_a_final_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durable.payload.PAYLOAD_BYTES_MAX", 240 * 1024)
    failure = await failure_in(returning(lambda: Text(text="x" * 300_000)))

    assert (failure.type, failure.retryable) == ("durable.PayloadTooLarge", False)
    assert "object store" in failure.message


class Panic(BaseException):
    pass


class Mute(Exception):
    def __str__(self) -> str:
        raise Mute


def breaking(_value: object) -> str:
    raise RuntimeError("the validator broke")


class Fragile(BaseModel):
    text: Annotated[str, BeforeValidator(breaking)]


FRAGILE = Activity("texts.fragile", Fragile, Text)


@pytest.mark.parametrize("run_in", ["loop", "thread"])
async def test_an_exception_that_is_no_exception_becomes_a_failure_too(run_in: Literal["loop", "thread"]) -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT, run_in=run_in)
    def fail(text: Text) -> Text:
        raise Panic("extension module")

    failure = await failure_in(worker)

    assert failure.matches("Panic")
    assert failure.message == "extension module"


async def test_an_exception_whose_text_cannot_be_told_becomes_a_failure_that_says_so() -> None:
    failure = await failure_in(raising(Mute()))

    assert failure.matches("Mute")
    assert "__str__ raised" in failure.message


async def test_a_validator_that_breaks_fails_the_attempt() -> None:
    worker = Worker("texts")

    @worker.handles(FRAGILE)
    async def give(_fragile: Fragile) -> Text:
        raise AssertionError("its input can't be read")

    failure = await failure_in(worker, FRAGILE.name, {"text": "a"})

    assert (failure.matches("RuntimeError"), failure.message) == (True, "the validator broke")


async def test_a_result_nested_beyond_all_measure_is_a_failure() -> None:
    nested: list[object] = []
    for _ in range(2000):
        nested = [nested]
    worker = Worker("texts")

    @worker.handles(Activity("texts.nested", Text, list))
    async def give(_text: Text) -> list[object]:
        return nested

    assert (await failure_in(worker, "texts.nested")).type in {"durable.ResultMismatch", "durable.PayloadTooLarge"}
