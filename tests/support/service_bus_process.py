import json
import subprocess
import sys
from pathlib import Path
from typing import Self

TOPOLOGY: dict[str, object] = {
    "UserConfig": {
        "Namespaces": [
            {
                "Name": "tests",
                "Queues": [
                    {"Name": "orders"},
                    {"Name": "once", "Properties": {"RequiresDuplicateDetection": True}},
                    {"Name": "instances", "Properties": {"RequiresSession": True}},
                ],
                "Topics": [{"Name": "news", "Subscriptions": [{"Name": "daily"}]}],
            }
        ]
    }
}


def written_topology(directory: Path) -> Path:
    path = directory / "topology.json"
    path.write_text(json.dumps(TOPOLOGY))
    return path


def command(topology: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "emulators.servicebus", "--topology", str(topology), *options]


class EndpointProcess:
    """The endpoint as a process of its own, with its data in a directory that outlives it."""

    def __init__(self, directory: Path, *options: str) -> None:
        data = str(directory / "data")
        arguments = command(written_topology(directory), "--data", data, "--port", "0", *options)
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.connection_string = self.line()

    def line(self) -> str:
        """The next line that the process prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def terminate(self) -> int:
        self.process.terminate()
        return self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _close(self) -> int:
        code = self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code
