"""The stacks of the end-to-end tests: both endpoints and the services that a test asks for."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from stack import HttpReady, Ports, Process, Services
from stack.local import ENDPOINTS, local_endpoints, service_settings
from stack.ports import HOST
from tests.e2e.services.contracts import STEPS, WORKERS
from tests.e2e.services.fate import Fate

ROOT = Path(__file__).resolve().parents[2]
LISTENER = "all"
SERVICES = "tests.e2e.services"
SAGAS = f"{SERVICES}.sagas"


@dataclass(frozen=True, slots=True)
class Part:
    """One service of a stack: the module that is run, and what it is told beside what all are told."""

    name: str
    module: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locks:
    """Lock durations. Whatever is not a session stays locked until then when its holder is killed."""

    instances: str = "PT15S"
    others: str = "PT5S"


INGESTOR = Part("ingestor", "ingestor")
ORCHESTRATORS = tuple(Part(f"orchestrator-{n}", "orchestrator") for n in (1, 2))
WORKER = Part("worker", f"{SERVICES}.worker", {"WORKER": STEPS})


def doomed(part: Part, fate: Fate) -> Part:
    """Give the part that meets its fate once the order for it is there."""
    told = {
        "FATE_POINT": fate.point,
        "FATE_PASSING": str(fate.passing),
        "FATE_ORDER": str(fate.order),
        "FATE_SIGNAL": fate.signal.name,
    }
    return Part(part.name, part.module, {**part.settings, **told})


def order_of(folder: Path, name: str) -> Path:
    """Name the file that orders a part to meet its fate."""
    return folder / f"{name}.order"


def services_of(parts: tuple[Part, ...], *, partitions: int = 4, locks: Locks | None = None) -> Services:
    """Describe a stack of these parts."""

    def services(folder: Path, ports: Ports) -> tuple[Process, ...]:
        topology = write_topology(folder, locks or Locks())
        shared = {
            **service_settings(folder, ports),
            "TOPOLOGY_FILE": str(topology),
            "SAGA_MODULES": SAGAS,
            "PARTITION_COUNT": str(partitions),
            "PYTHONPATH": str(ROOT),
            "EFFECTS_FILE": str(effects_file(folder)),
        }
        endpoints = local_endpoints(folder, ports, topology)
        return (*endpoints, *(_process(part, ports[part.name], shared) for part in parts))

    return services


def effects_file(folder: Path) -> Path:
    """Name the file that the workers of a stack note their effects in."""
    return folder / "effects"


def write_topology(folder: Path, locks: Locks) -> Path:
    """Write the application's topology with the queues of these tests and a listener for starts and ends."""
    topology = json.loads((files("contracts") / "topology.json").read_text())
    namespace = topology["UserConfig"]["Namespaces"][0]
    queues: list[dict[str, Any]] = namespace["Queues"]
    model = next(queue for queue in queues if queue["Name"].startswith("commands."))
    queues += [{"Name": f"commands.{name}", "Properties": dict(model["Properties"])} for name in WORKERS]
    for queue in queues:
        queue["Properties"]["LockDuration"] = locks.instances if queue["Name"] == "instances" else locks.others
    for topic in namespace["Topics"]:
        if topic["Name"] == "lifecycle":
            topic["Subscriptions"].append({"Name": LISTENER, "Properties": {}})
        for subscription in topic["Subscriptions"]:
            subscription["Properties"]["LockDuration"] = locks.others
    path = folder / "topology.json"
    path.write_text(json.dumps(topology))
    return path


def _process(part: Part, port: int, shared: Mapping[str, str]) -> Process:
    return Process(
        name=part.name,
        argv=(sys.executable, "-m", part.module),
        ready=HttpReady(port),
        url=f"http://{HOST}:{port}",
        env={**shared, "PORT": str(port), "REPLICA": part.name, **part.settings},
        depends_on=ENDPOINTS,
    )
