"""An ingestor and a management API for the tests of `make run`: each file starts the saga `copy`, which copies it.

Arguments: port, folder of the objects. A file that is called `broken` fails; an empty one is refused. An event
starts the saga `gather`, whose output is what the event says of its own.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OBJECTS = Path(sys.argv[2])
SOURCE = "/tiny"


class Application(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.reply(201, {"object": self.store("parts")})

    def do_POST(self) -> None:
        if self.path == "/events":
            event = json.loads(self.body())
            (OBJECTS / "gathered").write_text(json.dumps(event[0] if isinstance(event, list) else event))
            self.reply(202, {})
        elif self.headers["Content-Length"] == "0":
            self.reply(422, {"title": "invalid", "detail": "the file is empty"})
        else:
            name = self.path.rpartition("/")[2]
            self.reply(202, {"object": self.store("copies", "inbox"), "event": {"source": SOURCE, "id": name}})

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def store(self, *folders: str) -> str:
        name = self.path.rpartition("/")[2]
        content = self.body()
        for folder in folders:  # What lies in the last one counts as an instance.
            (OBJECTS / folder).mkdir(parents=True, exist_ok=True)
            (OBJECTS / folder / name).write_bytes(content)
        return f"{folders[-1]}/{name}"

    def do_GET(self) -> None:
        found = [self.copy(file) for file in (OBJECTS / "inbox").glob("*")]
        found += [self.gathering(file) for file in OBJECTS.glob("gathered")]
        instances = {instance["id"]: instance for instance in found}
        path = self.path.partition("?")[0]
        if path == "/health/ready":
            self.reply(200, {})
        elif path == "/instances":
            self.reply(200, {"instances": list(instances.values()), "continuation": None})
        elif path.endswith("/history"):
            self.reply(200, {"events": [{"kind": "ActivityScheduled"}], "continuation": None})
        else:
            self.reply(200, instances[path.rpartition("/")[2].replace("%3A", ":")])

    def gathering(self, file: Path) -> dict[str, object]:
        event = json.loads(file.read_bytes())
        return an_instance("gather", file, event) | {"output": event["data"]}

    def copy(self, file: Path) -> dict[str, object]:
        failed = {"status": "Failed", "output": None, "failure": {"message": "it is broken"}}
        return an_instance("copy", file, {"source": SOURCE, "id": file.name}) | (
            failed if file.name == "broken" else {}
        )

    def reply(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def an_instance(saga: str, file: Path, event: dict[str, str]) -> dict[str, object]:
    began = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return {
        "id": f"{saga}:{number_of(event)}",
        "saga": saga,
        "status": "Completed",
        "created_at": began.isoformat(),
        "ended_at": (began + timedelta(seconds=1.5)).isoformat(),
        "output": {"written": [{"object": f"copies/{file.name}"}]} if saga == "copy" else {},
        "failure": None,
        "reasons": [],
    }


def number_of(event: dict[str, str]) -> str:
    parts = (event["source"], event["id"])
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Application).serve_forever()
