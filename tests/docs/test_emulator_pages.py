import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos.aio import CosmosClient
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from emulators.cosmos.server import CosmosEndpoint
from emulators.servicebus.asked import with_entities
from emulators.servicebus.broker.plan import Plan
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.testing import CollectorInThread
from tests.docs.option_tables import PARSERS, ROOT, path_of, table_in, table_of
from tests.support.telemetry_story import QUIET

PROGRAM = re.compile(r"^```python\n(from azure.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("command", PARSERS)
def test_the_page_has_the_options_of_the_command(command: str) -> None:
    written = table_in(path_of(command).read_text())

    assert written == table_of(PARSERS[command]()), "Write it anew: .venv/bin/python -m tests.docs.option_tables"


@pytest.mark.parametrize("page", ["docs/reference/servicebus-emulator.md", "emulators/README.md"])
async def test_the_first_program_for_service_bus_sends_its_message(page: str) -> None:
    program = first_program(ROOT / page)
    async with ServiceBusEndpoint(with_entities(Plan(), ["orders"], [], [])) as endpoint:
        assert "127.0.0.1:5672" in program
        await run(program.replace("127.0.0.1:5672", f"{endpoint.host}:{endpoint.port}"))

        assert endpoint.counts()["orders"].active == 1


async def test_the_first_program_for_cosmos_db_writes_its_item() -> None:
    program = first_program(path_of("cosmos-emulator"))
    async with CosmosEndpoint() as endpoint:
        assert '"http://127.0.0.1:8081"' in program
        await run(program.replace("http://127.0.0.1:8081", endpoint.url))

        async with CosmosClient(endpoint.url, credential=endpoint.key) as client:
            orders = client.get_database_client("shop").get_container_client("orders")
            assert (await orders.read_item("1", "ada"))["customer"] == "ada"


def test_the_test_of_the_collectors_page_passes(
    telemetry_collector: CollectorInThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in QUIET:
        monkeypatch.setenv(name, "true")
    page = path_of("telemetry-collector").read_text()
    [block] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"run_the_program": run_a_shop}
    exec(compile(block, "page", "exec"), names)

    names["test_the_run_is_one_trace"](telemetry_collector)

    assert len(telemetry_collector.spans()) == 2


def run_a_shop(APPLICATIONINSIGHTS_CONNECTION_STRING: str) -> None:  # noqa: N803  # As the page spells the setting.
    exporter = AzureMonitorTraceExporter(
        connection_string=APPLICATIONINSIGHTS_CONNECTION_STRING, disable_offline_storage=True
    )
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("order"), tracer.start_as_current_span("pay"):
        pass
    provider.shutdown()


def first_program(page: Path) -> str:
    return str(PROGRAM.findall(page.read_text())[0])


async def run(program: str) -> None:
    await asyncio.to_thread(exec, compile(program, "page", "exec"), {})
