import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    greeting: str
    connection_string: str

    @property
    def page(self) -> str:
        return str(re.findall(r"Page +(\S+)", self.greeting)[0])


@contextmanager
def running(*command: str) -> Iterator[Running]:
    """A command with all that it says until it is ready, people's part and script's part."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        said = ""
        while not said.endswith("Connection string:\n"):
            line = process.stdout.readline()
            assert line, f"It ended instead of starting: {said}"
            said += line
        yield Running(process, said, process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def module(name: str, *options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"emulators.{name}", *options)
