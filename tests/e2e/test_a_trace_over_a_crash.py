"""One run as Application Insights gets it: posted by the exporter itself, though the orchestrator dies in the middle.

What is asserted is what a person sees in the portal: one transaction, one root, each step once, the edges of the map.
"""

from collections import Counter
from dataclasses import dataclass
from signal import SIGKILL

import aiohttp
import pytest
import pytest_asyncio

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.events import ActivityScheduled, ChildStarted
from durable.status import Status
from durable.telemetry import names
from emulators.telemetry import Collector
from infra_check.checks.queries import ATTRIBUTE, all_queries
from orchestrator.records import TurnRecord
from tests.e2e.services import mortal_ports as points
from tests.e2e.services.fate import Fate
from tests.support.e2e_checks import nothing_waits
from tests.support.e2e_stack import ROOT, SERVICES, WORKER, Locks, Part, doomed, order_of, services_of
from tests.support.e2e_world import SOURCE, Shape, World, running_world
from tests.support.insights_envelopes import Shown, Transaction, transactions

pytestmark = pytest.mark.asyncio(loop_scope="module")
TRACED = Shape("traced", 5, Status.COMPENSATED, None, {"add-one": 6, "flaky": 1, "fail": 1, "undo": 2})
# Where the orchestrator dies, and at which passing of that point: early, in the middle, and with half of it settled.
DEATHS = ((points.COMMITTED, 4), (points.SENT_SOME, 6), (points.SETTLED_ALL, 2))
ROLES = {"durable.ingestor", "durable.orchestrator", "durable.steps"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the saga, what was posted of it, and what its history and that of its child say."""

    instance_id: str
    trace: Transaction
    others: dict[str, Transaction]
    turns: list[TurnRecord]
    bus: str


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DEATHS, ids=lambda death: death[0])
async def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("traced")
    async with Collector() as collector:
        told = {"APPLICATIONINSIGHTS_CONNECTION_STRING": collector.connection_string}
        point, passing = request.param
        fate = Fate(point, passing, order_of(folder, "orchestrator-1"), SIGKILL)
        sagas = {"SAGA_MODULES": f"{SERVICES}.traced"}
        host = doomed(Part("orchestrator-1", f"{SERVICES}.mortal_orchestrator", {**told, **sagas}), fate)
        parts = (host, Part("worker", WORKER.module, {**WORKER.settings, **told}), Part("ingestor", "ingestor", told))
        services = services_of(parts, partitions=1, locks=Locks(instances="PT5S"))
        async with running_world(folder, services) as world:
            order_of(folder, "orchestrator-1").touch()
            instance_id = await start_by_ingestor(world)
            await world.until(lambda: instance_id in world.ended_at)
            # What the dead held comes again once its locks are over, and is told then.
            await world.until(lambda: nothing_waits(world))
            assert not order_of(folder, "orchestrator-1").exists(), "the orchestrator did not die"
            stories = await world.stories()
            bus = world.stack.processes["worker"].env["SERVICEBUS_CONNECTION_STRING"]
        # The services have stopped: whatever they had to tell is told.
        found = transactions(envelope.content for envelope in collector.envelopes())
    operation = next(op for op, trace in found.items() if trace.of(instance_id=instance_id, saga="traced"))
    turns = [turn for story in stories.values() for turn in story.turns]
    return Run(instance_id, found.pop(operation), found, turns, host_of(bus))


async def start_by_ingestor(world: World) -> str:
    asked = world.ask(TRACED)
    data = {"object": "uploads/a", "name": "a.txt", "media_type": "text/plain", "size": TRACED.value}
    event = CloudEvent(asked.event.id, SOURCE, "document.received", data)
    async with aiohttp.ClientSession(headers={"Content-Type": CONTENT_TYPE}) as session:
        url = f"{world.stack.urls['ingestor']}/events"
        async with session.post(url, data=event.to_json()) as answer:
            assert answer.status == 202, await answer.text()
    return asked.instance_id


def host_of(connection_string: str) -> str:
    return connection_string.partition("://")[2].partition(";")[0].rstrip("/")


def steps_of(run: Run) -> Counter[tuple[str, str, str]]:
    """Count the attempts of activities that the histories speak of, by instance, task and attempt."""
    return Counter(
        (turn.instance_id, str(event.task_id), str(event.attempt))
        for turn in run.turns
        for event in turn.events
        if isinstance(event, ActivityScheduled)
    )


def by_attempt(spans: list[Shown]) -> Counter[tuple[str, str, str]]:
    return Counter(
        (one.dimensions["durable.instance_id"], one.dimensions["durable.task_id"], one.dimensions["durable.attempt"])
        for one in spans
    )


async def test_all_of_a_run_has_one_operation_id(run: Run) -> None:
    children = {event.instance_id for turn in run.turns for event in turn.events if isinstance(event, ChildStarted)}

    assert len(children) == 1
    for instance_id in (run.instance_id, *children):
        assert run.trace.of(instance_id=instance_id)
        assert not [one for other in run.others.values() for one in other.of(instance_id=instance_id)]


async def test_it_has_one_root_which_is_the_request_to_the_ingestor(run: Run) -> None:
    assert [(one.role, one.name) for one in run.trace.roots] == [("durable.ingestor", "POST /events")]


async def test_every_span_has_its_parent_in_it(run: Run) -> None:
    assert [(one.role, one.name, one.dimensions.get("durable.task_id")) for one in run.trace.orphans] == []


async def test_no_span_is_there_twice(run: Run) -> None:
    assert run.trace.repeated == []


async def test_each_attempt_of_a_step_is_one_span_of_the_orchestrator(run: Run) -> None:
    steps = [one for one in run.trace.spans if not one.is_request and "durable.step" in one.dimensions]
    sent = [one for one in steps if one.entity.startswith(f"{run.bus}/commands.")]

    assert by_attempt(sent) == steps_of(run)
    assert {one.role for one in sent} == {"durable.orchestrator"}


async def test_each_attempt_is_one_span_of_the_worker_beneath_its_step(run: Run) -> None:
    attempts = [one for one in run.trace.spans if one.is_request and one.role == "durable.steps"]

    assert by_attempt(attempts) == steps_of(run)
    for attempt in attempts:
        step = run.trace.parent_of(attempt)
        assert (step.role, step.entity) == ("durable.orchestrator", attempt.entity)
        assert step.dimensions["durable.task_id"] == attempt.dimensions["durable.task_id"]


async def test_each_turn_of_the_histories_is_one_span(run: Run) -> None:
    turns = [one for one in run.trace.spans if one.name.startswith("turn ")]

    told = Counter((one.dimensions["durable.instance_id"], one.dimensions["durable.turn"]) for one in turns)
    assert told == Counter((turn.instance_id, str(turn.sequence)) for turn in run.turns)


async def test_failures_are_shown_as_such_and_nothing_else_is(run: Run) -> None:
    failed = {one.name for one in run.trace.spans if not one.succeeded}

    assert failed == {"saga traced", "steps.flaky", "steps.fail"}


async def test_the_roles_are_the_services(run: Run) -> None:
    assert {one.role for one in run.trace.spans} == ROLES


async def test_the_map_has_the_edges_that_messages_take(run: Run) -> None:
    events, instances, commands = (f"{run.bus}/{name}" for name in ("events", "instances", "commands.steps"))

    assert run.trace.edges >= {
        ("durable.ingestor", events),
        (events, "durable.orchestrator"),
        ("durable.orchestrator", commands),
        (commands, "durable.steps"),
        ("durable.steps", instances),
        (instances, "durable.orchestrator"),
    }


async def test_what_the_queries_ask_of_spans_was_posted(run: Run) -> None:
    of_spans = {name for name in vars(names).values() if isinstance(name, str)}
    asked = {name for text in all_queries(ROOT).values() for name in ATTRIBUTE.findall(text) if name in of_spans}
    posted = {name for one in run.trace.spans for name in one.dimensions}

    assert asked
    assert asked - posted == set()


async def test_times_nest(run: Run) -> None:
    run_span = next(one for one in run.trace.spans if one.name == "saga traced" and one.is_request)
    inside = [one for one in run.trace.spans if one.parent == run_span.id and not one.name.startswith("commit")]

    assert len(inside) > 10
    assert [one.name for one in inside if not run_span.encloses(one)] == []
    attempts = [one for one in run.trace.spans if one.is_request and one.role == "durable.steps"]
    assert [one.name for one in attempts if not run.trace.parent_of(one).encloses(one)] == []
    child = next(one for one in run.trace.spans if one.name == "saga part-of-traced" and one.is_request)
    assert run.trace.parent_of(child).encloses(child)
