"""An ingestor and a management API for the tests of `make run`: each file starts the saga `copy`, which copies it.

Arguments: port, folder of the objects. A file that is called `broken` fails; an empty one is refused.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OBJECTS = Path(sys.argv[2])


class Application(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        name = self.path.rpartition("/")[2]
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not content:
            self.reply(422, {"title": "invalid", "detail": "the file is empty"})
            return
        for folder in ("copies", "inbox"):  # The copy first: what lies in the inbox counts as an instance.
            (OBJECTS / folder).mkdir(parents=True, exist_ok=True)
            (OBJECTS / folder / name).write_bytes(content)
        self.reply(202, {"event_id": "1", "source": "/files", "object": f"inbox/{name}", "sagas": ["copy"]})

    def do_GET(self) -> None:
        instances = {f"copy:{file.name}": self.instance(file) for file in (OBJECTS / "inbox").glob("*")}
        path = self.path.partition("?")[0]
        if path == "/health/ready":
            self.reply(200, {})
        elif path == "/instances":
            self.reply(200, {"instances": list(instances.values()), "continuation": None})
        elif path.endswith("/history"):
            self.reply(200, {"events": [{"kind": "ActivityScheduled"}], "continuation": None})
        else:
            self.reply(200, instances[path.rpartition("/")[2].replace("%3A", ":")])

    def instance(self, file: Path) -> dict[str, object]:
        began = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        broken = file.name == "broken"
        return {
            "id": f"copy:{file.name}",
            "saga": "copy",
            "status": "Failed" if broken else "Completed",
            "created_at": began.isoformat(),
            "ended_at": (began + timedelta(seconds=1.5)).isoformat(),
            "input": {"object": f"inbox/{file.name}"},
            "output": None if broken else {"written": [{"object": f"copies/{file.name}"}]},
            "failure": {"message": "it is broken"} if broken else None,
            "reasons": [],
        }

    def reply(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Application).serve_forever()
