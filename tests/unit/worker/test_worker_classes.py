from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NewType

import pytest
from dishka import Provider, Scope, provide
from dishka.exceptions import GraphMissingFactoryError

from durable.errors import AuthorError
from durable.testing import WorkerEnvironment
from durable.worker import ActivityContext, BaseActivities, Worker, handles
from tests.support.worker_world import COUNT, SHOUT, Text, a_command, a_world

Ending = NewType("Ending", str)


class Endings(Provider):
    scope = Scope.APP

    def __init__(self, ending: str = "!") -> None:
        super().__init__()
        self._ending = ending

    @provide
    def ending(self) -> Ending:
        return Ending(self._ending)


@dataclass
class Shouting:
    ending: Ending

    @handles(SHOUT)
    async def shout(self, text: Text) -> Text:
        return Text(text=self.ended(text.text.upper()))

    def ended(self, text: str) -> str:
        return text + self.ending


@dataclass
class ShoutingTwice(Shouting):
    async def shout(self, text: Text) -> Text:
        once = await super().shout(text)
        return Text(text=f"{once.text} {once.text}")

    @handles(COUNT)
    def count(self, text: Text, ctx: ActivityContext) -> int:
        return len(text.text) + ctx.attempt


@dataclass
class Numbered:
    ctx: ActivityContext
    made: "list[Numbered]"

    def __post_init__(self) -> None:
        self.made.append(self)

    @handles(SHOUT)
    async def shout(self, text: Text) -> Text:
        return Text(text=self.ctx.instance_id)


def a_worker_of(class_: type) -> Worker:
    worker = Worker("texts")
    worker.include(class_)
    return worker


async def test_a_marked_method_of_an_included_class_is_a_handler() -> None:
    async with a_world(a_worker_of(Shouting), Endings()) as world:
        await world.send(a_command())

        assert (await world.completed()).output == {"text": "A!"}


async def test_a_subclass_inherits_handlers_and_overrides_them_without_marking_them_again() -> None:
    async with WorkerEnvironment(a_worker_of(ShoutingTwice), [Endings()]) as env:
        assert await env.run(SHOUT, Text(text="a")) == Text(text="A! A!")


async def test_a_method_gets_what_it_asks_for_beside_its_input_and_runs_in_a_thread_if_it_is_plain() -> None:
    async with WorkerEnvironment(a_worker_of(ShoutingTwice), [Endings()]) as env:
        assert await env.run(COUNT, Text(text="abc"), attempt=2) == 5


async def test_one_object_lives_as_long_as_the_process() -> None:
    seen: list[Shouting] = []

    class Remembering(Shouting):
        async def shout(self, text: Text) -> Text:
            seen.append(self)
            return text

    async with WorkerEnvironment(a_worker_of(Remembering), [Endings()]) as env:
        await env.run(SHOUT, Text(text="a"))
        await env.run(SHOUT, Text(text="b"))

    assert seen[0] is seen[1]


async def test_an_object_per_activity_is_made_for_each_run_and_knows_its_context() -> None:
    made: list[Numbered] = []
    there = Provider(scope=Scope.APP)
    there.provide(lambda: made, provides=list[Numbered])
    worker = Worker("texts")
    worker.include(Numbered, per="activity")

    async with WorkerEnvironment(worker, [there]) as env:
        outputs = [await env.run(SHOUT, Text(text=""), instance_id=id_) for id_ in ("a", "b")]

    assert [output.text for output in outputs] == ["a", "b"]
    assert len(made) == 2


async def test_a_later_provider_replaces_what_an_object_is_made_of() -> None:
    async with WorkerEnvironment(a_worker_of(Shouting), [Endings(), Endings("?")]) as env:
        assert await env.run(SHOUT, Text(text="a")) == Text(text="A?")


async def test_a_provider_of_the_class_replaces_the_object_itself() -> None:
    double = Provider(scope=Scope.APP)
    double.provide(lambda: ShoutingTwice(Ending(".")), provides=Shouting)

    async with WorkerEnvironment(a_worker_of(Shouting), [double]) as env:
        assert await env.run(SHOUT, Text(text="a")) == Text(text="A. A.")


async def test_what_an_object_lacks_stops_the_start() -> None:
    with pytest.raises(GraphMissingFactoryError, match="Ending"):
        async with WorkerEnvironment(a_worker_of(Shouting)):
            pass


async def test_an_object_of_the_process_cannot_ask_for_what_lives_as_long_as_an_activity() -> None:
    there = Provider(scope=Scope.APP)
    there.provide(lambda: [], provides=list[Numbered])

    with pytest.raises(GraphMissingFactoryError, match="ActivityContext"):
        async with WorkerEnvironment(a_worker_of(Numbered), [there]):
            pass


async def test_a_class_without_annotations_stops_the_start() -> None:
    class Untyped(Shouting):
        def __init__(self, ending) -> None:  # type: ignore[no-untyped-def]
            super().__init__(ending)

    with pytest.raises(AuthorError, match=r"expected .*Untyped to be made of parameters that are annotated"):
        async with WorkerEnvironment(a_worker_of(Untyped), [Endings()]):
            pass


async def test_a_dataclass_need_not_import_the_types_of_the_fields_that_it_inherits() -> None:
    @dataclass
    class Telling(BaseActivities):
        @handles(SHOUT)
        async def shout(self, text: Text) -> Text:
            return Text(text=self.ctx.activity)

    assert "Outputs" not in globals()
    worker = Worker("texts")
    worker.include(Telling, per="activity")
    async with WorkerEnvironment(worker) as env:
        assert await env.run(SHOUT, Text(text="")) == Text(text="texts.shout")


def test_an_abstract_class_is_refused_and_told_what_it_lacks() -> None:
    class Translating(ABC):
        @handles(SHOUT)
        @abstractmethod
        async def shout(self, text: Text) -> Text: ...

    with pytest.raises(AuthorError, match=r"found .*Translating without shout"):
        a_worker_of(Translating)


async def test_a_base_may_leave_a_handler_to_its_subclasses() -> None:
    class Translating(ABC):
        @handles(SHOUT)
        @abstractmethod
        async def shout(self, text: Text) -> Text: ...

    class French(Translating):
        async def shout(self, text: Text) -> Text:
            return Text(text="bonjour")

    async with WorkerEnvironment(a_worker_of(French)) as env:
        assert await env.run(SHOUT, Text(text="hello")) == Text(text="bonjour")


def test_a_class_without_handlers_is_refused() -> None:
    with pytest.raises(AuthorError, match="expected methods marked by `handles`"):
        a_worker_of(Endings)


def test_a_handler_that_is_no_method_any_more_is_refused() -> None:
    class Broken(Shouting):
        shout = staticmethod(lambda text: text)

    with pytest.raises(AuthorError, match=r"expected .*Broken\.shout to be a method"):
        a_worker_of(Broken)


def test_a_method_cannot_run_in_a_process() -> None:
    class Far:
        @handles(COUNT, run_in="process")  # type: ignore[arg-type]  # What a type checker says too.
        def count(self, text: Text) -> int:
            return 1

    with pytest.raises(AuthorError, match="expected a function of a module"):
        a_worker_of(Far)


def test_a_method_and_a_function_for_one_activity_are_refused() -> None:
    worker = a_worker_of(Shouting)

    with pytest.raises(AuthorError, match=r"found Shouting\.shout and"):
        worker.include(ShoutingTwice)
