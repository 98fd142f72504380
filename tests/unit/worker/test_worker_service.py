import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from durable.health import Health, serve_health
from durable.objects import ObjectStore
from durable.settings import Environment
from durable.worker import Worker, worker_settings
from durable.worker.run import WorkerParts, main
from tests.support.worker_world import SHOUT, Text

LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def an_environment(folder: Path, **changes: str) -> dict[str, str]:
    queues = [{"Name": "commands.texts", "Properties": {"LockDuration": "PT45S"}}]
    queues += [{"Name": "instances"}, {"Name": "control"}]
    topology = folder / "topology.json"
    topology.write_bytes(orjson.dumps({"UserConfig": {"Namespaces": [{"Name": "n", "Queues": queues, "Topics": []}]}}))
    return {
        "SERVICEBUS_CONNECTION_STRING": LOCAL,
        "OBJECT_STORE_URL": (folder / "objects").as_uri(),
        "TOPOLOGY_FILE": str(topology),
        "PORT": "0",
        "REPLICA": "one",
        **changes,
    }


def a_worker() -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def store(text: Text, objects: ObjectStore) -> Text:
        return text

    return worker


def test_the_settings_say_how_the_host_runs(tmp_path: Path) -> None:
    environment = an_environment(tmp_path, WORKER_CONCURRENCY="7", WORKER_THREADS="3", SHUTDOWN_GRACE_SECONDS="9")

    options = worker_settings(Environment(environment), a_worker(), "contracts").host

    assert options.replica == "texts@one"
    assert (options.concurrency, options.threads, options.grace.seconds, options.lock.seconds) == (7, 3, 9, 45)


def test_all_faults_of_the_settings_are_told_at_once_and_end_the_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = {"WORKER_CONCURRENCY": "0", "WORKER_THREADS": "many", "LOG_FORMAT": "xml", "OBJECT_STORE_URL": ""}

    code = main(a_worker(), "contracts", environment=an_environment(tmp_path, **faulty))

    told = capsys.readouterr().err
    assert code == 2
    assert "worker 'texts' can't start" in told
    assert all(name in told for name in faulty)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"TOPOLOGY_FILE": ""}, "TOPOLOGY_FILE: expected a topology with queue 'commands.texts'; found commands.doc"),
        ({"TOPOLOGY_FILE": "/nowhere/topology.json"}, "TOPOLOGY_FILE: expected the path of a topology"),
        (
            {"OBJECT_STORE_URL": "ftp://somewhere"},
            "OBJECT_STORE_URL: expected file:///folder or az://account/container",
        ),
        ({"OBJECT_STORES": "archive"}, "OBJECT_STORES: expected pairs of a name"),
        ({"OBJECT_STORES": "main=file:///elsewhere"}, "OBJECT_STORES: expected pairs of a name"),
        ({"OBJECT_STORES": "archive=ftp://somewhere"}, "OBJECT_STORES: expected file:///folder or"),
        ({"SERVICEBUS_CONNECTION_STRING": ""}, "SERVICEBUS_FULLY_QUALIFIED_NAMESPACE: expected either it or"),
    ],
)
def test_a_wrong_setting_ends_the_service_with_a_line_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], told: str
) -> None:
    assert main(a_worker(), "contracts", environment=an_environment(tmp_path, **changes)) == 2
    assert told in capsys.readouterr().err


def test_a_missing_dependency_ends_the_service_with_a_line_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Missing:
        pass

    worker = Worker("texts")

    async def lacking(text: Text, missing: Any) -> Text:
        return text

    lacking.__annotations__["missing"] = Missing
    worker.handles(SHOUT)(lacking)

    assert main(worker, "contracts", environment=an_environment(tmp_path)) == 2
    assert "lacking of texts.shout, parameter 'missing'" in capsys.readouterr().err


def test_faults_of_a_worker_s_own_settings_are_told_along_with_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def parts(environment: Environment) -> WorkerParts:
        environment.choice("SHOUTING_PROVIDER", "embedded", ("azure", "embedded"))
        return WorkerParts()

    faulty = {"SHOUTING_PROVIDER": "paper", "WORKER_THREADS": "many"}

    code = main(a_worker(), "contracts", parts, environment=an_environment(tmp_path, **faulty))

    told = capsys.readouterr().err
    assert code == 2
    assert all(name in told for name in faulty)


async def test_a_worker_serves_routes_of_its_own_beside_its_health() -> None:
    async def shout(_: web.Request) -> web.Response:
        return web.Response(text="HALLO")

    server = await serve_health(Health(), "127.0.0.1", 0, [web.get("/shout", shout)])
    host, port = server.addresses[0]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
        shouted = await (await session.get("/shout")).text()
        ready = await session.get("/health/ready")
    await server.cleanup()

    assert (shouted, ready.status) == ("HALLO", 200)
