"""The processes of the local stack: endpoints and services, with settings that let them find one another."""

import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from stack.ports import HOST, Ports
from stack.process import HttpReady, Process

PARTITION_COUNT = 4
TOPOLOGY = Path(str(files("contracts"))) / "topology.json"
ENDPOINTS = ("servicebus", "cosmos")
COLLECTOR = "telemetry"
# The endpoints hold no secrets, but the SDKs want a key that looks like one.
LOCAL_KEY_NAME = "local"
LOCAL_KEY = base64.b64encode(b"not a secret: a local endpoint".ljust(64, b".")).decode()
SERVICES = {
    "ingestor": "ingestor",
    "orchestrator-1": "orchestrator",
    "orchestrator-2": "orchestrator",
    "worker-documents": "documents_worker",
    "worker-tabular": "tabular_worker",
    "worker-http": "http_worker",
    "worker-storage": "storage_worker",
    "worker-language": "language_worker",
    "worker-secrets": "secrets_worker",
}
LOCAL_SEAL_KEY = base64.b64encode(b"not a secret: a local key".ljust(32, b".")).decode()
# What one service alone is told. Its key and its secret are none: they stand here for everybody to read.
OWN_SETTINGS = {
    "ingestor": {"UPLOAD_BYTES_MAX": str(2 << 30)},
    "worker-secrets": {
        "SECRETS_PROVIDER": "environment",
        "SECRET_DEMO": "not a secret: a local demonstration",
        "SECRETS_SEAL_KEYS": json.dumps({"local": LOCAL_SEAL_KEY}),
    },
}


def local_services(folder: Path, ports: Ports) -> tuple[Process, ...]:
    """Describe the whole local stack, with its data in `<folder>/data`."""
    objects = objects_folder(folder)
    objects.mkdir(parents=True, exist_ok=True)
    shared = service_settings(folder, ports)
    services = (_service(name, package, ports[name], shared) for name, package in SERVICES.items())
    return (*local_endpoints(folder, ports), *services)


def traced_services(folder: Path, ports: Ports) -> tuple[Process, ...]:
    """Describe the whole local stack with the collector of telemetry, to which every service sends."""
    collector = _collector(folder, ports)
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    return (*(_told(process, told) for process in local_services(folder, ports)), collector)


def local_endpoints(folder: Path, ports: Ports, topology: Path = TOPOLOGY) -> tuple[Process, ...]:
    """Describe the two endpoints alone, for tests and programs that bring their own services."""
    servicebus = ("--port", str(ports["servicebus"]), "--http-port", str(ports["servicebus-http"]))
    return (
        Process(
            name="servicebus",
            argv=_endpoint("servicebus", topology, folder, *servicebus, "--key-name", LOCAL_KEY_NAME),
            ready=HttpReady(ports["servicebus-http"]),
            url=f"sb://{HOST}:{ports['servicebus']}",
        ),
        Process(
            name="cosmos",
            argv=_endpoint("cosmos", topology, folder, "--port", str(ports["cosmos"])),
            ready=HttpReady(ports["cosmos"]),
            url=f"http://{HOST}:{ports['cosmos']}",
        ),
    )


def service_settings(folder: Path, ports: Ports) -> Mapping[str, str]:
    """Return the settings that every service of a stack shares; tests use them to reach its endpoints."""
    return {
        "SERVICEBUS_CONNECTION_STRING": (
            f"Endpoint=sb://{HOST}:{ports['servicebus']};SharedAccessKeyName={LOCAL_KEY_NAME};"
            f"SharedAccessKey={LOCAL_KEY};UseDevelopmentEmulator=true;"
        ),
        "COSMOS_ENDPOINT": f"http://{HOST}:{ports['cosmos']}",
        "COSMOS_KEY": LOCAL_KEY,
        "COSMOS_DATABASE": "durable",
        "OBJECT_STORE_URL": objects_folder(folder).as_uri(),
        "WATCH_FOLDER": str(folder / "inbox"),
        "PARTITION_COUNT": str(PARTITION_COUNT),
        "HOST": HOST,
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "text",
    }


def data_folder(folder: Path) -> Path:
    """Return where a stack keeps everything that outlives its processes, other than logs."""
    return folder / "data"


def traces_folder(folder: Path) -> Path:
    """Return where a stack keeps what its services told the collector."""
    return data_folder(folder) / COLLECTOR


def objects_folder(folder: Path) -> Path:
    """Return where a stack keeps the objects of its object store."""
    return data_folder(folder) / "objects"


def _collector(folder: Path, ports: Ports) -> Process:
    port = ports[COLLECTOR]
    given = ("--port", str(port), "--data", str(traces_folder(folder)))
    return Process(
        name=COLLECTOR,
        argv=(sys.executable, "-m", "emulators.telemetry", *given),
        ready=HttpReady(port),
        url=f"http://{HOST}:{port}",
    )


def _told(process: Process, settings: Mapping[str, str]) -> Process:
    if process.name not in SERVICES:
        return process
    return replace(process, env={**process.env, **settings}, depends_on=(*process.depends_on, COLLECTOR))


def _endpoint(name: str, topology: Path, folder: Path, *arguments: str) -> tuple[str, ...]:
    data = str(data_folder(folder) / name)
    return (
        sys.executable,
        "-m",
        f"emulators.{name}",
        "--topology",
        str(topology),
        "--data",
        data,
        "--key",
        LOCAL_KEY,
        *arguments,
    )


def _service(name: str, package: str, port: int, shared: Mapping[str, str]) -> Process:
    return Process(
        name=name,
        argv=(sys.executable, "-m", package),
        ready=HttpReady(port),
        url=f"http://{HOST}:{port}",
        env={**shared, **OWN_SETTINGS.get(name, {}), "PORT": str(port), "REPLICA": name},
        depends_on=ENDPOINTS,
    )
