"""A service for the launcher's tests: it notes in a journal what happens to it, and is ready when told to be.

Arguments: name, port, journal, then any of `ready-after=SECONDS`, `stop-after=SECONDS`, `stubborn`, `unready`.
"""

import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType


def main(name: str, port: str, journal: str, *options: str) -> None:
    told = dict(option.partition("=")[::2] for option in options)

    def note(what: str) -> None:
        with Path(journal).open("a") as lines:
            lines.write(f"{name} {what}\n")

    def stop(number: int, frame: FrameType | None) -> None:
        if "stubborn" in told:
            return
        time.sleep(float(told.get("stop-after", 0)))
        note("stopped")
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    note("started")
    time.sleep(float(told.get("ready-after", 0)))
    with socket.create_server(("127.0.0.1", int(port))) as server:
        note("ready")
        while True:
            answer(server, b"503 No\r\n\r\nstill warming up" if "unready" in told else b"200 OK\r\n\r\n")


def answer(server: socket.socket, status: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 " + status)


if __name__ == "__main__":
    main(*sys.argv[1:])
