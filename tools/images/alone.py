"""Each image alone: started, healthy by its own health check, stopped."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from images.container import Container, Running
from images.errors import ImagesError


@dataclass(frozen=True, slots=True)
class Lived:
    """How a container lived: seconds from its start until it was healthy, and from SIGTERM until its end."""

    healthy_after: float
    stopped_after: float


def live_alone(containers: Mapping[str, Container]) -> Mapping[str, Lived]:
    """Start each container, with what it depends on, until it is healthy; gives how each lived.

    Raises:
        ImagesError: one did not become healthy, or did not end with exit code 0 when it was asked to.
    """
    needed = {name for container in containers.values() for name in container.service.depends_on}
    lived: dict[str, Lived] = {}
    with ExitStack() as endings:
        for name in sorted(containers, key=lambda name: name not in needed):
            running = Running(containers[name])
            healthy_after = _healthy_after(running)
            if name in needed:  # It is stopped after all that need it.
                endings.callback(_end, running, healthy_after, lived)
            else:
                _end(running, healthy_after, lived)
    return lived


def first_of_each_image(containers: Mapping[str, Container]) -> Sequence[str]:
    """Give the services to look at: those with a command of their own, and one of each other image."""
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, container in containers.items():
        seen.setdefault((container.service.image, container.service.command), name)
    return tuple(seen.values())


def _healthy_after(running: Running) -> float:
    try:
        return running.until_healthy()
    except BaseException:
        running.stop()
        raise


def _end(running: Running, healthy_after: float, lived: dict[str, Lived]) -> None:
    name, began = running.container.service.name, time.monotonic()
    code = running.stop()
    if code != 0:
        raise ImagesError(f"{name}: expected exit code 0 after SIGTERM, found {code}; its log: {running.container.log}")
    lived[name] = Lived(healthy_after, time.monotonic() - began)
    print(f"  {name:<17} healthy after {healthy_after:4.1f} s, ended {lived[name].stopped_after:4.1f} s after SIGTERM")
