"""What `docker-compose.yml` says: its services, as far as the forms go that this project uses.

Docker Compose itself checks the file (`make infra-check`); here anchors and merges are resolved and shapes are named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = "docker-compose.yml"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the file.

    Attributes:
        dockerfile: relative to the project.
        volumes: which volume is mounted where, by the path in the container; `shown` are those that it may only read.
        files: files of the project that are shown read-only, by the path in the container.
        depends_on: services that must be healthy first.
        ports: ports of the container that are published, by the port of this machine.
        is_tmp_memory: whether `/tmp` is memory; otherwise it is a volume.
        health: the command of its health check, if not that of its image.
        confined: the settings that keep it in its place, as they stand in the file.
    """

    name: str
    image: str
    dockerfile: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    volumes: Mapping[str, str]
    shown: frozenset[str]
    files: Mapping[str, str]
    depends_on: tuple[str, ...]
    ports: Mapping[int, int]
    is_tmp_memory: bool
    health: tuple[str, ...]
    confined: Mapping[str, Any]


def read_compose(root: Path) -> Mapping[str, Service]:
    """Read the services of the project, in the order of the file."""
    document = yaml.safe_load((root / FILE).read_text())
    files = {name: config["file"] for name, config in document["configs"].items()}
    return {name: _service(name, told, files) for name, told in document["services"].items()}


def _service(name: str, told: Mapping[str, Any], files: Mapping[str, str]) -> Service:
    volumes = [volume.split(":") for volume in told.get("volumes", ())]
    published = (port.split(":") for port in told.get("ports", ()))
    return Service(
        name=name,
        image=told["image"],
        dockerfile=told["build"]["dockerfile"],
        command=tuple(told.get("command", ())),
        environment=told.get("environment", {}),
        volumes={path: volume for volume, path, *_ in volumes},
        shown=frozenset(volume for volume, _, *mode in volumes if mode == ["ro"]),
        files={f"/{config}": files[config] for config in told.get("configs", ())},
        depends_on=tuple(told.get("depends_on", ())),
        ports={int(outside): int(inside) for _, outside, inside in published},
        is_tmp_memory=any(mount.startswith("/tmp") for mount in told["tmpfs"]),
        health=tuple(told.get("healthcheck", {}).get("test", ()))[1:],
        confined={key: told.get(key) for key in ("read_only", "cap_drop", "security_opt", "deploy")},
    )
