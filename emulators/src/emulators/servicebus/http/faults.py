"""`/faults`, to make things go wrong from outside; see `emulators.faults.requests`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emulators.faults.requests import METHODS, SCRIPT_BYTES_MAX, answer

if TYPE_CHECKING:
    from emulators.servicebus.endpoint import ServiceBusEndpoint


def routes(endpoint: "ServiceBusEndpoint") -> Sequence[BaseRoute]:
    """Listing, setting and removing faults."""

    async def faults(request: Request) -> Response:
        name = request.path_params.get("name", "")
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > SCRIPT_BYTES_MAX:
                return JSONResponse({"error": f"Expected at most {SCRIPT_BYTES_MAX} bytes of faults."}, 413)
        status, body = answer(endpoint.faults, request.method, name, content)
        return Response(body, status, media_type="application/json")

    return [Route("/faults", faults, methods=METHODS), Route("/faults/{name}", faults, methods=METHODS)]
