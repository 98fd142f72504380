"""Transports by which the SDKs of Cosmos DB call an endpoint in the same process, without a socket.

    endpoint = CosmosEndpoint(topology)
    CosmosClient("http://cosmos.in-process", endpoint.key, transport=AsyncInProcess(endpoint))

1. The endpoint need not be started. It belongs to one thread: that of the client.
2. A fault that drops the connection is the error that a dropped connection would be. One that loses the answer is a
   time-out: of an asyncio client after its `read_timeout`, of a synchronous one at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from azure.core.exceptions import ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import AsyncHttpResponse, AsyncHttpTransport, HttpResponse, HttpTransport
from azure.core.utils import case_insensitive_dict

from emulators.cosmos.faults.fate import Ending, Unanswered
from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.wire.message import Request, Response

_HOST = b"cosmos.in-process"


class AsyncInProcess(AsyncHttpTransport[Any, Any]):
    """The transport of an asyncio client."""

    def __init__(self, endpoint: CosmosEndpoint) -> None:
        self._endpoint = endpoint

    async def send(self, request: Any, **options: Any) -> "_AsyncAnswer":
        """Serve a request."""
        limit = options.get("read_timeout")
        try:
            async with asyncio.timeout(limit):
                response = await self._endpoint.serving.answer(_read(request))
        except Unanswered as fate:
            if fate.ending is Ending.DROPPED:
                raise ServiceResponseError(str(fate)) from fate
            await asyncio.sleep(limit or 0)
            raise ServiceResponseTimeoutError(f"No answer in {limit} s.") from fate
        except TimeoutError as cause:
            raise ServiceResponseTimeoutError(f"No answer in {limit} s.") from cause
        return _AsyncAnswer(request, response)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close: the endpoint is not ours."""

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""


class InProcess(HttpTransport[Any, Any]):
    """The transport of a synchronous client."""

    def __init__(self, endpoint: CosmosEndpoint) -> None:
        self._endpoint = endpoint

    def send(self, request: Any, **_: Any) -> "_Answer":
        """Serve a request."""
        try:
            response = self._endpoint.serving.answer_blocking(_read(request))
        except Unanswered as fate:
            lost = ServiceResponseError if fate.ending is Ending.DROPPED else ServiceResponseTimeoutError
            raise lost(str(fate)) from fate
        return _Answer(request, response)

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close: the endpoint is not ours."""

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


class _Answer(HttpResponse):
    def __init__(self, request: Any, response: Response) -> None:
        super().__init__(request, None)
        _fill(self, response)
        self._content = response.body

    def body(self) -> bytes:
        return self._content

    def stream_download(self, pipeline: Any, **_: Any) -> Iterator[bytes]:  # noqa: ARG002  # Its name is given.
        return iter([self._content])


class _AsyncAnswer(AsyncHttpResponse):
    def __init__(self, request: Any, response: Response) -> None:
        super().__init__(request, None)
        _fill(self, response)
        self._content = response.body

    def body(self) -> bytes:
        return self._content

    async def load_body(self) -> None:
        """It is there."""

    def stream_download(self, pipeline: Any, **_: Any) -> AsyncIterator[bytes]:  # noqa: ARG002  # Its name is given.
        async def parts() -> AsyncIterator[bytes]:
            yield self._content

        return parts()


def _fill(answer: HttpResponse | AsyncHttpResponse, response: Response) -> None:
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    answer.status_code = response.status
    answer.headers = case_insensitive_dict(fields)
    answer.reason = ""
    answer.content_type = fields.get("content-type")


def _read(request: Any) -> Request:
    fields = {name.lower().encode(): str(value).encode("latin-1") for name, value in request.headers.items()}
    body = request.data or b""
    fields.setdefault(b"host", _HOST)
    path = unquote(urlsplit(request.url).path)
    return Request(request.method, path, fields, body.encode() if isinstance(body, str) else bytes(body))
