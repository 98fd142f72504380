"""The development launcher: it starts, watches and stops the processes of one local stack.

Development only: `make run`, `make up`, the tests and the benchmarks use it, and no service knows of it. As a library:

    async with running_stack(folder) as stack:
        stack.urls["ingestor"], stack.pids["orchestrator-1"], stack.kill("orchestrator-1")

As a command: `python -m stack --help` (with `tools/` on the path).
"""

from stack.errors import FolderInUse, PortInUse, StackError, StartFailed
from stack.local import local_services
from stack.ports import FixedPorts, FreePorts, Ports
from stack.process import CommandReady, HttpReady, Process, TcpReady
from stack.stack import Services, Stack, running_stack

__all__ = [
    "CommandReady",
    "FixedPorts",
    "FolderInUse",
    "FreePorts",
    "HttpReady",
    "PortInUse",
    "Ports",
    "Process",
    "Services",
    "Stack",
    "StackError",
    "StartFailed",
    "TcpReady",
    "local_services",
    "running_stack",
]
