from collections.abc import AsyncIterator

import pytest

from durable.errors import AuthorError, InvalidName
from durable.worker import Worker
from tests.support.worker_world import SHOUT, Text


async def shout(text: Text) -> Text:
    return text


def test_a_worker_takes_its_commands_from_the_queue_of_its_name() -> None:
    assert Worker("texts").queue == "commands.texts"


def test_a_worker_has_a_legal_name() -> None:
    with pytest.raises(InvalidName):
        Worker("My Texts")


def test_the_decorated_function_stays_as_it_is() -> None:
    assert Worker("texts").handles(SHOUT)(shout) is shout


def test_an_activity_of_another_worker_is_refused() -> None:
    with pytest.raises(AuthorError, match=r"expected an activity of worker 'pictures'.*found 'texts\.shout'"):
        Worker("pictures").handles(SHOUT)(shout)


def test_a_second_handler_of_an_activity_is_refused() -> None:
    worker = Worker("texts")
    worker.handles(SHOUT)(shout)

    with pytest.raises(AuthorError, match="expected one handler"):
        worker.handles(SHOUT)(shout)


def test_an_async_handler_cannot_run_in_a_thread() -> None:
    with pytest.raises(AuthorError, match="shout is async"):
        Worker("texts").handles(SHOUT, run_in="thread")(shout)


def test_a_generator_is_no_handler() -> None:
    async def several(text: Text) -> AsyncIterator[int]:
        yield 1

    with pytest.raises(AuthorError, match="found a generator"):
        Worker("texts").handles(SHOUT)(several)  # type: ignore[arg-type]
