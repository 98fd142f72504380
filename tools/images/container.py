"""A service of the compose file as a process in the file system of its image."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from images.buildah import Image
from images.compose import Service
from images.errors import ImagesError
from images.network import Network

ENTER = Path(__file__).with_name("enter.sh")
TMP_SIZE = "256m"
HEALTHY_WITHIN_SECONDS = 60
BETWEEN_CHECKS_SECONDS = 0.1
STOP_GRACE_SECONDS = 30
LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Container:
    """A service that can be started.

    Attributes:
        root: the file system of its image.
        folder: where its volumes lie, and its log in `logs`.
        project: where the files lie that the compose file shows to it.
    """

    service: Service
    image: Image
    root: Path
    network: Network
    folder: Path
    project: Path

    @property
    def address(self) -> str:
        """Give the address under which it is reached."""
        return self.network.addresses[self.service.name]

    @property
    def log(self) -> Path:
        """Give the file of its output."""
        return self.folder / "logs" / f"{self.service.name}.log"

    def command(self) -> tuple[str, ...]:
        """Give the command that becomes the service; its volumes are there afterwards."""
        self._make_volumes()
        return self._entering(*self.image.entrypoint, *self.service.command)

    def health_check(self) -> tuple[str, ...]:
        """Give the command that checks its health from inside, and ends with exit code 0 if it is well."""
        return self._entering(*(self.service.health or self.image.health))

    def _entering(self, *command: str) -> tuple[str, ...]:
        environment = dict(setting.split("=", 1) for setting in self.image.environment) | dict(self.service.environment)
        settings = (f"{name}={value}" for name, value in environment.items())
        namespace = ("ip", "netns", "exec", self.network.namespace(self.service.name))
        return (*namespace, str(ENTER), str(self.root), self.image.user, *self._mounts(), "--", *settings, *command)

    def _mounts(self) -> tuple[str, ...]:
        files = {path: self.project / file for path, file in self.service.files.items()}
        files["/etc/hosts"] = self.network.hosts
        shown = (f"ro:{source}:{path}" for path, source in files.items())
        kept = (f"{self._mode(volume)}:{self.folder / volume}:{path}" for path, volume in self.service.volumes.items())
        memory = (f"memory:{TMP_SIZE}:/tmp",) if self.service.is_tmp_memory else ()
        return (*shown, *kept, *memory)

    def _mode(self, volume: str) -> str:
        return "ro" if volume in self.service.shown else "rw"

    def _make_volumes(self) -> None:
        """Make what is missing, with owner and mode of the folder in the image, as an engine does."""
        for path, volume in self.service.volumes.items():
            folder = self.folder / volume
            if not folder.exists():
                folder.mkdir(parents=True)
                like = self.root / path.lstrip("/")
                if like.exists():
                    os.chown(folder, like.stat().st_uid, like.stat().st_gid)
                    folder.chmod(like.stat().st_mode)


class Running:
    """A container that was started; it must be stopped."""

    def __init__(self, container: Container) -> None:
        self.container = container
        container.log.parent.mkdir(parents=True, exist_ok=True)
        self._began = time.monotonic()
        with container.log.open("wb") as log:
            self._process = subprocess.Popen(
                container.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def until_healthy(self) -> float:
        """Wait for its health check to succeed; gives the seconds from the start. Raises `ImagesError`."""
        while not self._is_healthy():
            if self._process.poll() is not None:
                raise ImagesError(self._report(f"it ended with exit code {self._process.returncode}"))
            if time.monotonic() - self._began > HEALTHY_WITHIN_SECONDS:
                raise ImagesError(self._report(f"not within {HEALTHY_WITHIN_SECONDS} s"))
            time.sleep(BETWEEN_CHECKS_SECONDS)
        return time.monotonic() - self._began

    def stop(self) -> int:
        """Stop it with SIGTERM, after a while with SIGKILL, and give its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _is_healthy(self) -> bool:
        command = self.container.health_check()
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0

    def _report(self, trouble: str) -> str:
        lines = self.container.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        shown = "\n".join(f"    {line}" for line in lines) or "    (empty)"
        return f"{self.container.service.name} did not become healthy: {trouble}. The last lines of its log:\n{shown}"
