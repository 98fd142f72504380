"""The code of the page, with the real SDK: in a process of its own, as the providers of a process are set once."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import orjson
import pytest

from durable.adapters.servicebus import broker_from
from durable.settings import ServiceBusSettings
from durable.telemetry.context import TraceContext, context_of
from emulators.servicebus.endpoint import ServiceBusEndpoint

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "see-your-own-spans.md").read_text()
WEIGHING = """
import asyncio, sys
import orjson
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))

from durable.adapters.telemetry.current import Entered
from durable.telemetry.context import TraceContext
from durable.telemetry.tracing import Tracing
from tests.docs.own_spans.weighing import WEIGH, worker
from tests.support.worker_world import a_command, a_world

async def main():
    ours = []
    tracing = Tracing(ours.append, "bus", lambda _: True, Entered)
    async with a_world(worker, tracing=tracing) as world:
        trace_ = {"traceparent": TraceContext(10, 11).traceparent}
        await world.send(a_command(WEIGH, {"number": "P1", "hall": "north"}, trace=trace_))
        await world.completed()
    attempt = ours[0]
    told = {attempt.context.span_id: attempt.name}
    spans = exporter.get_finished_spans()
    told |= {span.context.span_id: span.name for span in spans}
    beneath = {span.name: told[span.parent.span_id] for span in spans}
    print(orjson.dumps([beneath, attempt.attributes["parcels.hall"]]).decode())

asyncio.run(main())
"""
PUBLISHING = """
import asyncio, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator

class Ids(IdGenerator):
    def generate_trace_id(self): return 10
    def generate_span_id(self): return 11

trace.set_tracer_provider(TracerProvider(id_generator=Ids()))

from tests.docs.own_spans.publishing import send_event

asyncio.run(send_event(sys.argv[1], {"specversion": "1.0", "id": "1", "source": "/shop", "type": "rows.received"}))
"""


def output_of(code: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=HERE.parents[1], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("name", ["weighing.py", "publishing.py"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    assert (HERE / "own_spans" / name).read_text() in PAGE


def test_what_the_handler_tells_stands_beneath_its_attempt() -> None:
    beneath, hall = orjson.loads(output_of(WEIGHING))

    assert beneath == {"put on the scales": "parcels.weigh", "read the scales": "put on the scales"}
    assert hall == "north"


async def test_the_event_of_the_plain_sdk_names_the_span_of_its_publisher() -> None:
    topology = Path(str(files("contracts"))) / "topology.json"
    async with ServiceBusEndpoint(topology) as endpoint:
        broker = broker_from(ServiceBusSettings("", endpoint.connection_string))
        receiver = await broker.receiver("events/orchestrator")
        await asyncio.to_thread(output_of, PUBLISHING, endpoint.connection_string)
        (message,) = await receiver.receive(1, timedelta(seconds=30))
        await broker.close()

    assert context_of(message.properties) == TraceContext(10, 11)
