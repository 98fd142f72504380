import asyncio
from collections.abc import AsyncIterator
from typing import NewType

import pytest
from dishka import Provider, Scope, provide
from dishka.exceptions import GraphMissingFactoryError

from durable.errors import AuthorError
from durable.worker import ActivityContext, Worker, WorkerHost
from durable.worker.threads import Threads
from tests.support.worker_world import COUNT, SHOUT, Text, a_command, a_world

Prefix = NewType("Prefix", str)


class Connection:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.is_open = True


class Missing:
    pass


class Prefixes(Provider):
    scope = Scope.APP

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    @provide
    def prefix(self) -> Prefix:
        return Prefix(self._prefix)


class Connections(Provider):
    scope = Scope.REQUEST

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Connection] = []

    @provide
    async def connection(self, context: ActivityContext) -> AsyncIterator[Connection]:
        connection = Connection(context.instance_id)
        self.made.append(connection)
        yield connection
        connection.is_open = False


def a_prefixing_worker() -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def put_before(text: Text, prefix: Prefix) -> Text:
        return Text(text=prefix + text.text)

    return worker


async def test_a_parameter_is_injected_by_its_annotation() -> None:
    async with a_world(a_prefixing_worker(), Prefixes(">")) as world:
        await world.send(a_command())

        assert (await world.completed()).output == {"text": ">a"}


async def test_a_later_provider_overrides_an_earlier_one() -> None:
    async with a_world(a_prefixing_worker(), Prefixes(">"), Prefixes("#")) as world:
        await world.send(a_command())

        assert (await world.completed()).output == {"text": "#a"}


async def test_what_lives_as_long_as_the_activity_is_made_for_each_and_closed_after() -> None:
    connections = Connections()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def own(text: Text, connection: Connection) -> Text:
        assert connection.is_open
        return Text(text=connection.owner)

    async with a_world(worker, connections) as world:
        await world.send(a_command(instance_id="a"), a_command(instance_id="b"))
        outputs = [message.event for message in await world.completions(2)]

    assert [event.output for event in outputs] == [{"text": "a"}, {"text": "b"}]  # type: ignore[attr-defined]
    assert [connection.is_open for connection in connections.made] == [False, False]


async def test_what_lives_as_long_as_the_process_is_made_once_for_activities_that_begin_at_once() -> None:
    made: list[str] = []

    async def prefix() -> Prefix:
        await asyncio.sleep(0.1)
        made.append(">")
        return Prefix(">")

    class Joined:
        def __init__(self, prefix: Prefix) -> None:
            self.prefix = prefix

    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def join(text: Text, joined: Joined) -> Text:
        return Text(text=joined.prefix + text.text)

    provider = Provider()
    provider.provide(prefix, scope=Scope.APP)
    provider.provide(Joined, scope=Scope.REQUEST)
    async with a_world(worker, provider) as world:
        await world.send(a_command(), a_command())
        await world.completions(2)

    assert made == [">"]


async def test_a_handler_may_ask_for_the_threads() -> None:
    worker = Worker("texts")

    @worker.handles(COUNT)
    async def count(text: Text, threads: Threads) -> int:
        return await threads.run(len, text.text)

    async with a_world(worker) as world:
        await world.send(a_command(COUNT, {"text": "abc"}))

        assert (await world.completed()).output == 3


async def start_error(worker: Worker, *providers: Provider) -> str:
    async with a_world(a_prefixing_worker(), Prefixes("")) as world:
        options = world.host._options
        host = WorkerHost(
            worker, world.broker, options, clock=world.host._clock, vault=world.host._vault, providers=providers
        )
        with pytest.raises((AuthorError, GraphMissingFactoryError)) as caught:
            await host.run()
    return str(caught.value)


async def test_a_missing_dependency_stops_the_start_and_names_handler_parameter_and_type() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text, missing: Missing) -> Text: ...  # type: ignore[empty-body]

    @worker.handles(COUNT)
    async def count(text: Text, prefix: Prefix, untyped) -> int: ...  # type: ignore[empty-body, no-untyped-def]

    told = await start_error(worker, Prefixes(""))

    assert "shout of texts.shout, parameter 'missing': expected a provider of" in told
    assert "test_worker_injection.Missing" in told
    assert "count of texts.count, parameter 'untyped': expected a type" in told


async def test_what_a_provider_itself_lacks_stops_the_start() -> None:
    class Lacking(Provider):
        @provide(scope=Scope.APP)
        def prefix(self, missing: Missing) -> Prefix:
            raise AssertionError

    assert "Missing" in await start_error(a_prefixing_worker(), Lacking())


async def test_a_handler_without_input_stops_the_start() -> None:
    worker = Worker("texts")

    async def nothing() -> Text: ...  # type: ignore[empty-body]

    worker.handles(SHOUT)(nothing)  # type: ignore[arg-type]

    assert "expected the input as its first parameter" in await start_error(worker)
