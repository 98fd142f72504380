"""A storage queue that speaks the service's HTTP and XML (Get, Put, Update and Delete Message), for the real SDK."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from fastapi import FastAPI, Request, Response

from durable.adapters.memory import ManualClock

ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(b"k" * 64).decode()
QUEUE = "orders"
_ERROR = '<?xml version="1.0" encoding="utf-8"?><Error><Code>{}</Code><Message>{}</Message></Error>'
_MESSAGE = (
    "<QueueMessage><MessageId>{id}</MessageId><InsertionTime>{inserted}</InsertionTime>"
    "<ExpirationTime>{expires}</ExpirationTime><PopReceipt>{receipt}</PopReceipt>"
    "<TimeNextVisible>{visible}</TimeNextVisible><DequeueCount>{count}</DequeueCount>"
    "<MessageText>{text}</MessageText></QueueMessage>"
)


@dataclass
class Held:
    id: str
    text: str
    inserted: datetime
    visible: datetime
    receipt: str = ""
    deliveries: int = 0


@dataclass
class StorageQueueStub:
    clock: ManualClock
    messages: dict[str, Held] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    numbers: int = 0

    def put(self, text: str, deliveries: int = 0) -> str:
        self.numbers += 1
        id = f"00000000-0000-0000-0000-{self.numbers:012}"
        self.messages[id] = Held(id, text, self.clock.now(), self.clock.now(), deliveries=deliveries)
        return id

    def app(self) -> FastAPI:
        app = FastAPI()
        path = f"/{ACCOUNT}/{QUEUE}/messages"
        app.add_api_route(path, self._get, methods=["GET"], response_class=Response)
        app.add_api_route(path, self._post, methods=["POST"], response_class=Response)
        app.add_api_route(f"{path}/{{id}}", self._delete, methods=["DELETE"], response_class=Response)
        app.add_api_route(f"{path}/{{id}}", self._update, methods=["PUT"], response_class=Response)
        return app

    async def _get(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        assert request.headers["authorization"].startswith(f"SharedKey {ACCOUNT}:")
        now = self.clock.now()
        ready = [held for held in self.messages.values() if held.visible <= now]
        given = ready[: int(request.query_params["numofmessages"])]
        for held in given:
            held.deliveries += 1
            self._hide(held, request)
        listed = "".join(
            _MESSAGE.format(
                id=held.id,
                inserted=_date(held.inserted),
                expires=_date(held.inserted + timedelta(days=7)),
                receipt=held.receipt,
                visible=_date(held.visible),
                count=held.deliveries,
                text=escape(held.text),
            )
            for held in given
        )
        return _xml(200, f'<?xml version="1.0" encoding="utf-8"?><QueueMessagesList>{listed}</QueueMessagesList>')

    async def _post(self, request: Request) -> Response:
        text = ElementTree.fromstring(await request.body()).findtext("MessageText") or ""
        held = self.messages[self.put(text)]
        self._hide(held, request)
        held.visible = self.clock.now()
        answered = _MESSAGE.replace("<DequeueCount>{count}</DequeueCount><MessageText>{text}</MessageText>", "").format(
            id=held.id,
            inserted=_date(held.inserted),
            expires=_date(held.inserted + timedelta(days=7)),
            receipt=held.receipt,
            visible=_date(held.visible),
        )
        return _xml(201, f"<QueueMessagesList>{answered}</QueueMessagesList>")

    async def _delete(self, request: Request, id: str) -> Response:
        held = self._held(request, id)
        if isinstance(held, Response):
            return held
        del self.messages[id]
        return Response(status_code=204)

    async def _update(self, request: Request, id: str) -> Response:
        held = self._held(request, id)
        if isinstance(held, Response):
            return held
        self._hide(held, request)
        visible = _date(held.visible)
        return Response(status_code=204, headers={"x-ms-popreceipt": held.receipt, "x-ms-time-next-visible": visible})

    def _held(self, request: Request, id: str) -> Held | Response:
        if refused := self._refused(request):
            return refused
        held = self.messages.get(id)
        if held is None:
            return _error(404, "MessageNotFound")
        if held.receipt != request.query_params["popreceipt"]:
            return _error(400, "PopReceiptMismatch")
        return held

    def _refused(self, request: Request) -> Response | None:
        self.requests.append(request.method)
        return _error(self.failures.pop(0), "ServerBusy") if self.failures else None

    def _hide(self, held: Held, request: Request) -> None:
        self.numbers += 1
        held.receipt = f"receipt-{self.numbers}"
        held.visible = self.clock.now() + timedelta(seconds=int(request.query_params.get("visibilitytimeout", "30")))


def _date(time: datetime) -> str:
    return format_datetime(time, usegmt=True)


def _xml(status: int, body: str) -> Response:
    return Response(body, status, media_type="application/xml")


def _error(status: int, code: str) -> Response:
    return Response(_ERROR.format(code, code), status, {"x-ms-error-code": code}, "application/xml")
