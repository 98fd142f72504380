"""Whether a service lives and is ready, with reasons, and the smallest server that says so over HTTP.

`/health/live` answers 200 while the process runs its loop; code that blocks the loop keeps it from answering.
`/health/ready` answers 200 when every part is ready and 503 otherwise; both bodies are
`{"status": …, "reasons": {part: why not}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiohttp import web


class Health:
    """Which parts of a service are not ready, and why."""

    def __init__(self, *parts: str) -> None:
        self._reasons = dict.fromkeys(parts, "starting")
        self._asked: dict[str, Callable[[], str]] = {}

    def ready(self, part: str) -> None:
        """The part is ready from now on."""
        self._reasons.pop(part, None)

    def not_ready(self, part: str, reason: str) -> None:
        """The part is not ready from now on; the reason is for a person."""
        self._reasons[part] = reason

    def ask(self, part: str, why_not: Callable[[], str]) -> None:
        """Have the part asked whenever somebody looks: why it is not ready, or no text if it is."""
        self._asked[part] = why_not

    def report(self) -> tuple[int, dict[str, object]]:
        """Give status code and body of `/health/ready`."""
        asked = {part: why for part, why_not in self._asked.items() if (why := why_not())}
        reasons = {**self._reasons, **asked}
        if reasons:
            return 503, {"status": "not ready", "reasons": reasons}
        return 200, {"status": "ready", "reasons": {}}


def metrics_route(written: Callable[[str], tuple[bytes, str]]) -> web.RouteDef:
    """Give the route that serves `/metrics` as `written` writes them for what a request accepts."""

    async def metrics(request: web.Request) -> web.Response:
        body, media_type = written(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": media_type})

    return web.get("/metrics", metrics)


async def serve_health(health: Health, host: str, port: int, routes: Iterable[web.RouteDef] = ()) -> web.AppRunner:
    """Serve both paths, and `routes`; `await runner.cleanup()` stops it.

    Raises:
        OSError: the address is taken.
    """

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live", "reasons": {}})

    async def ready(_: web.Request) -> web.Response:
        status, body = health.report()
        return web.json_response(body, status=status)

    app = web.Application()
    app.add_routes([web.get("/health/live", live), web.get("/health/ready", ready), *routes])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
