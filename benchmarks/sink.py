"""Takes whatever telemetry is posted, and looks at none of it: `python -m benchmarks.sink`.

It stands for a collector that is somewhere else: what it takes of the processor is nobody's cost.
"""

from __future__ import annotations

import os

from aiohttp import web


async def _track(request: web.Request) -> web.Response:
    received = len(await request.json())
    return web.json_response({"itemsReceived": received, "itemsAccepted": received, "errors": []})


async def _otlp(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(content_type="application/x-protobuf")


async def _ready(_: web.Request) -> web.Response:
    return web.json_response({"status": "ready"})


def main() -> None:
    """Serve on `PORT` until SIGTERM."""
    app = web.Application(client_max_size=1 << 26)
    app.add_routes([web.get("/health/ready", _ready), web.post("/v2.1/track", _track), web.post("/v1/{what}", _otlp)])
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)


if __name__ == "__main__":
    main()
