"""Master-key signatures: each request is signed over its verb, resource and date."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from urllib.parse import unquote

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.routes import Target
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request

DEVELOPMENT_KEY = b64encode(b"local development key of the durable orchestrator's endpoint 001").decode()
"""The key that everybody may know: it opens nothing but a local endpoint."""


class Authenticator:
    """Checks signatures against one key."""

    def __init__(self, key: str) -> None:
        try:
            self._key = b64decode(key, validate=True)
        except Base64Error as error:
            raise ValueError(f"The key is not base64: {error}.") from error

    def check(self, request: Request, target: Target) -> None:
        """Raise 401 unless the request carries the right signature."""
        date = request.headers.get(headers.DATE, b"").decode("latin-1").lower()
        http_date = "" if date else request.headers.get(headers.HTTP_DATE, b"").decode("latin-1").lower()
        payload = f"{request.method.lower()}\n{target.resource}\n{target.link}\n{date}\n{http_date}\n"
        signature = b64encode(hmac.digest(self._key, payload.encode(), "sha256")).decode()
        expected = f"type=master&ver=1.0&sig={signature}"
        given = unquote(request.headers.get(headers.AUTHORIZATION, b"").decode("latin-1"))
        if not hmac.compare_digest(given.encode(), expected.encode()):
            shown = payload.replace("\n", "\\n")
            raise CosmosError(
                401,
                "The input authorization token can't serve the request. Please check that the expected payload is "
                "built as per the protocol, and check the key being used. Server used the following payload to sign: "
                f"'{shown}'",
            )
