"""What a worker tells of its runs has no secret in it that its process knows."""

import logging

import orjson
import pytest
from dishka import Provider, Scope

from durable import Activity, NonRetryable
from durable.secrets import Secret, Secrets
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import a_command, a_world

VALUE = "malachite-shrike-58"
ECHO = Activity("texts.echo", str, dict[str, str])
FAIL = Activity("texts.fail", str, str)
BEAT = Activity("texts.beat", str, str)
LOSE = Activity("texts.lose", str, object)
worker = Worker("texts")


class OneSecret:
    async def get(self, name: str, version: str | None = None) -> Secret:
        return Secret(VALUE, name=name)


def provider() -> Provider:
    secrets = Provider(scope=Scope.APP)
    secrets.provide(OneSecret, provides=Secrets)
    return secrets


@worker.handles(ECHO)
async def echo(name: str, secrets: Secrets) -> dict[str, str]:
    return {"said": f"Bearer {(await secrets.get(name)).reveal()}"}


@worker.handles(FAIL)
async def fail(name: str, secrets: Secrets) -> str:
    value = (await secrets.get(name)).reveal()
    try:
        raise ValueError(f"bad header {value}")
    except ValueError as error:
        raise NonRetryable(f"refused {value}", details={value: [value]}) from error


@worker.handles(BEAT)
async def beat(name: str, secrets: Secrets, ctx: ActivityContext) -> str:
    ctx.heartbeat({"at": (await secrets.get(name)).reveal()})
    raise ValueError


@worker.handles(LOSE)
async def lose(name: str, secrets: Secrets) -> object:
    return await secrets.get(name)


async def test_a_result_has_stars_in_its_place() -> None:
    async with a_world(worker, provider()) as world:
        await world.send(a_command(ECHO, "a"))

        assert (await world.completed()).output == {"said": "Bearer ***"}


async def test_a_failure_has_it_neither_in_its_texts_nor_in_details_causes_and_stacks() -> None:
    async with a_world(worker, provider()) as world:
        await world.send(a_command(FAIL, "a"))
        failure = await world.failure()

    assert (failure.message, failure.details) == ("refused ***", {"***": ["***"]})
    assert failure.cause is not None
    assert failure.cause.message == "bad header ***"
    assert VALUE not in orjson.dumps(failure).decode()


async def test_a_heartbeat_has_stars_in_its_place() -> None:
    async with a_world(worker, provider()) as world:
        await world.send(a_command(BEAT, "a"))
        event = (await world.completion()).event

    assert getattr(event, "heartbeat", None) == {"at": "***"}


async def test_a_secret_as_a_result_is_a_mismatch_that_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_world(worker, provider()) as world:
        await world.send(a_command(LOSE, "a"))
        failure = await world.failure()

    assert failure.matches("ResultMismatch")
    assert VALUE not in orjson.dumps(failure).decode() + caplog.text
