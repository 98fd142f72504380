"""The stacks that are measured: of the local stack what a saga needs, with replicas of the workers that it leans on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.scaling.cells import INVOICES, ROWS
from stack import HttpReady, Ports, Process, local_services
from stack.ports import HOST
from stack.stack import Services

EVERYWHERE = ("servicebus", "cosmos", "ingestor", "orchestrator-1", "orchestrator-2")
SCALED = {ROWS: ("worker-tabular",), INVOICES: ("worker-documents", "worker-language")}
ONCE = {ROWS: (), INVOICES: ("worker-storage",)}


def scaled_services(saga: str, replicas: int, local: Services = local_services) -> Services:
    """Describe a stack for a saga, with so many replicas of each worker that does its work."""

    def services(folder: Path, ports: Ports) -> tuple[Process, ...]:
        there = {process.name: process for process in local(folder, ports)}
        copies = [
            _replica(there[name], f"{name}-{number}", ports)
            for name in SCALED[saga]
            for number in range(2, replicas + 1)
        ]
        return (*(there[name] for name in (*EVERYWHERE, *ONCE[saga], *SCALED[saga])), *copies)

    return services


def _replica(process: Process, name: str, ports: Ports) -> Process:
    port = ports[name]
    env = {**process.env, "PORT": str(port), "REPLICA": name}
    return replace(process, name=name, ready=HttpReady(port), url=f"http://{HOST}:{port}", env=env)
