"""What a client is told when a request can't be served: status, substatus and the service's error body.

`info` stands in the body, too: the SDK for Node asks for a query plan only if an error has some.
"""

import orjson

from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Header, Response

CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
    449: "RetryWith",
    500: "InternalServerError",
    501: "NotImplemented",
    503: "ServiceUnavailable",
}

PARTITION_KEY_MISMATCH = 1001
OWNER_NOT_FOUND = 1003
CROSS_PARTITION_QUERY_NOT_SERVABLE = 1004
COLLECTION_RID_MISMATCH = 1024
PREDICATE_NOT_MET = 1110
READ_SESSION_NOT_AVAILABLE = 1002
THROTTLED = 3200
AAD_NOT_ALLOWED = 5300


class CosmosError(Exception):
    """A request that is answered with an error; `charge` is what the attempt is estimated to cost."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        substatus: int = 0,
        extra: tuple[Header, ...] = (),
        charge: float = 1.0,
        info: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.substatus = substatus
        self.extra = extra
        self.charge = charge
        self.info = info

    def response(self, activity_id: bytes) -> Response:
        """Build the answer in the shape that the SDKs parse."""
        fields: list[Header] = [
            (headers.CONTENT_TYPE, headers.JSON),
            (headers.ACTIVITY_ID, activity_id),
            (headers.REQUEST_CHARGE, b"%.2f" % self.charge),
            *self.extra,
        ]
        if self.substatus:
            fields.append((headers.SUBSTATUS, b"%d" % self.substatus))
        if self.status == 304:
            return Response(304, fields, b"")
        code = CODES.get(self.status, "Error")
        text = f"{self.message}\r\nActivityId: {activity_id.decode('latin-1')}, local-endpoint"
        body = {"code": code, "message": text}
        if self.info:
            body["additionalErrorInfo"] = self.info
        return Response(self.status, fields, orjson.dumps(body))
