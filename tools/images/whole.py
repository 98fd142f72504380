"""The whole system from the images: the launcher of `make run` starts containers, and the samples are sent through."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from images.container import Container
from images.sign_in import sign_in
from stack import CommandReady, Ports, Process, Stack
from stack.demo import read_samples, run_samples

PORT = 8080


async def run_whole(containers: Mapping[str, Container], folder: Path, root: Path) -> bool:
    """Start all containers in order, send the small samples, stop all; gives whether every outcome is as expected.

    Raises:
        StackError: something did not start.
    """
    console = Console()

    def services(_: Path, __: Ports) -> tuple[Process, ...]:
        return tuple(_process(container) for container in containers.values())

    stack = Stack(folder, services=services, say=lambda line: console.print(line, highlight=False, soft_wrap=True))
    samples = read_samples(root / "samples")
    return await run_samples(stack, samples, root, console, lambda: sign_in(containers))


def _process(container: Container) -> Process:
    name, address = container.service.name, container.address
    return Process(
        name=name,
        argv=container.command(),
        ready=CommandReady(container.health_check()),
        url=f"http://{address}:{PORT}",
        env=_as_seen_from_outside(container),
        depends_on=container.service.depends_on,
    )


def _as_seen_from_outside(container: Container) -> Mapping[str, str]:
    """Give the settings of a service with addresses for names, for programs that publish past the ingestor."""
    settings = dict(container.service.environment)
    for name, address in container.network.addresses.items():
        settings = {setting: value.replace(f"//{name}:", f"//{address}:") for setting, value in settings.items()}
    return settings
