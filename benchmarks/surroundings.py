"""The stack that the benchmarks run on: both endpoints, two orchestrator replicas and the echo worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from stack import HttpReady, Ports, Process
from stack.local import local_endpoints, service_settings
from stack.ports import HOST

ROOT = Path(__file__).resolve().parents[1]


SINK = "sink"


def bench_services(
    folder: Path, ports: Ports, telling: Callable[[str], Mapping[str, str]] | None = None
) -> tuple[Process, ...]:
    """Describe the processes of the benchmark; `telling` gives the settings that take telemetry to a sink."""
    topology = write_topology(folder)
    endpoints = local_endpoints(folder, ports, topology)
    shared = {
        **service_settings(folder, ports),
        "TOPOLOGY_FILE": str(topology),
        "SAGA_MODULES": "benchmarks.sagas",
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "WARNING",
    }
    if telling is not None:
        endpoints = (*endpoints, _sink(ports))
        shared |= telling(f"http://{HOST}:{ports[SINK]}")
    services = {
        "orchestrator-1": "orchestrator",
        "orchestrator-2": "orchestrator",
        "worker-bench": "benchmarks.worker",
    }
    return (
        *endpoints,
        *(
            Process(
                name=name,
                argv=(sys.executable, "-m", module),
                ready=HttpReady(ports[name]),
                url=f"http://{HOST}:{ports[name]}",
                env={**shared, "PORT": str(ports[name]), "REPLICA": name, "WORKER_CONCURRENCY": "200"},
                depends_on=tuple(endpoint.name for endpoint in endpoints),
            )
            for name, module in services.items()
        ),
    )


def _sink(ports: Ports) -> Process:
    return Process(
        name=SINK,
        argv=(sys.executable, "-m", "benchmarks.sink"),
        ready=HttpReady(ports[SINK]),
        url=f"http://{HOST}:{ports[SINK]}",
        env={"PORT": str(ports[SINK]), "PYTHONPATH": str(ROOT)},
    )


def write_topology(folder: Path) -> Path:
    """Write the application's topology with the queue of the echo worker and a listener for the ends of sagas."""
    topology = json.loads((files("contracts") / "topology.json").read_text())
    namespace = topology["UserConfig"]["Namespaces"][0]
    model = next(queue for queue in namespace["Queues"] if queue["Name"] == "commands.documents")
    namespace["Queues"].append({**model, "Name": "commands.bench"})
    lifecycle = next(topic for topic in namespace["Topics"] if topic["Name"] == "lifecycle")
    lifecycle["Subscriptions"].append({"Name": "bench", "Properties": {"LockDuration": "PT1M"}})
    path = folder / "topology.json"
    path.write_text(json.dumps(topology))
    return path
