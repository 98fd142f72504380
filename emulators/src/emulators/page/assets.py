"""The static files of the pages, as routes. There is no build step: what is in the folder is what a browser gets."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"
PREFIX = "/_page"

# No script but our own files, nothing from elsewhere: message bodies are hostile until shown otherwise.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def html(name: str) -> Callable[[Request], Awaitable[FileResponse]]:
    """A handler that answers with a page."""
    path = FOLDER / name

    async def answer(_: Request) -> FileResponse:
        return FileResponse(path, headers=_HEADERS)

    return answer


def static_files() -> Mount:
    """Scripts and styles."""
    return Mount(f"{PREFIX}/static", StaticFiles(directory=FOLDER))
