"""A server that keeps what is posted to it, in a thread of its own, as exporters block theirs."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

ACCEPTED = b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}'


class Posts:
    """What was posted, by path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.came = threading.Condition()
        self.bodies: dict[str, list[bytes]] = {}

    def add(self, path: str, body: bytes) -> None:
        with self.came:
            self.bodies.setdefault(path, []).append(body)
            self.came.notify_all()

    def to(self, path: str, number: int = 1) -> list[bytes]:
        """Wait for so many posts to a path, for 20 s at most."""
        with self.came:
            there = self.came.wait_for(lambda: len(self.bodies.get(path, ())) >= number, 20)
            assert there, f"expected {number} posts to {path}; there are {self.bodies.keys()}"
            return list(self.bodies[path])

    def items(self) -> list[dict[str, object]]:
        """Give the items that came to Application Insights so far."""
        return [item for body in self.to("/v2.1/track") for item in orjson.loads(body)]


@contextmanager
def posts() -> Iterator[Posts]:
    """Keep what is posted while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.add(self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ACCEPTED)))
            self.end_headers()
            self.wfile.write(ACCEPTED)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept = Posts(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
