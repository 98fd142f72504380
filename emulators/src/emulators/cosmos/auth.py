"""Who may do what: signatures of the account's keys, and Entra tokens over TLS.

1. A signature covers verb, resource and date, and is good for 15 minutes around the date that it covers.
2. The read-only key signs reads and queries and nothing else.
3. A token of Entra ID may do everything with items; databases, containers and throughput are managed with a key, since
   the service has that in its control plane.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import unquote

from emulators.cosmos.errors import AAD_NOT_ALLOWED, CosmosError
from emulators.cosmos.routes import Target
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request
from emulators.entra import Entra, TokenRefused

DEVELOPMENT_KEY = b64encode(b"local development key of the durable orchestrator's endpoint 001").decode()
"""The key that everybody may know: it opens nothing but a local endpoint."""

DEVELOPMENT_READ_ONLY_KEY = b64encode(b"local read-only key of the durable orchestrator's endpoint 000001").decode()
"""The same for the read-only key."""

_MASTER, _RESOURCE, _AAD = "type=master&ver=1.0&sig=", "type=resource&", "type=aad&ver=1.0&sig="
_LIFETIME = timedelta(minutes=15)
_REMEMBERED_MAX = 1000
_MANAGED = frozenset({"dbs", "dbs/colls", "offers"})


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Authenticator:
    """Checks what a request carries against the account's keys, and tokens if Entra ID is configured.

    `now` tells the time of day: it must be that of the clients, not one that a test moves.
    """

    def __init__(
        self,
        key: str,
        read_only_key: str = DEVELOPMENT_READ_ONLY_KEY,
        *,
        entra: Entra | None = None,
        now: Callable[[], datetime] = _wall_clock,
    ) -> None:
        self._key = _decoded(key)
        self._read_only_key = _decoded(read_only_key)
        self._entra = entra
        self._now = now
        self._dates: dict[str, datetime] = {}
        self._tokens: dict[str, int] = {}

    def check(self, request: Request, target: Target) -> None:
        """Raise 401 or 403 unless the request may be served."""
        given = _unquoted(request.headers.get(headers.AUTHORIZATION, b"").decode("latin-1"))
        if given.startswith(_AAD):
            self._check_token(given.removeprefix(_AAD), request, target)
        elif given.startswith(_RESOURCE):
            raise CosmosError(401, "Resource tokens are not supported by this local endpoint: use the account's key.")
        else:
            self._check_signature(given, request, target)

    def _check_signature(self, given: str, request: Request, target: Target) -> None:
        date = request.headers.get(headers.DATE, b"").decode("latin-1").lower()
        http_date = "" if date else request.headers.get(headers.HTTP_DATE, b"").decode("latin-1").lower()
        payload = f"{request.method.lower()}\n{target.resource}\n{target.link}\n{date}\n{http_date}\n"
        if not _is_signed(self._key, payload, given) and not (
            _is_read(request) and _is_signed(self._read_only_key, payload, given)
        ):
            raise _unauthorized(payload)
        self._check_date(date or http_date)

    def _check_date(self, text: str) -> None:
        now = self._now()
        signed = self._dates.get(text)
        if signed is None:
            signed = _moment(text)
            if len(self._dates) >= _REMEMBERED_MAX:
                self._dates.clear()
            self._dates[text] = signed
        if not -_LIFETIME <= now - signed <= _LIFETIME:
            start, end = (format_datetime(one, usegmt=True) for one in (signed, signed + _LIFETIME))
            raise CosmosError(
                403,
                "The authorization token is not valid at the current time. Please create another token and retry "
                f"(token start time: {start}, token expiry time: {end}, current server time: "
                f"{format_datetime(now.astimezone(UTC), usegmt=True)}).",
            )

    def _check_token(self, token: str, request: Request, target: Target) -> None:
        if self._entra is None:
            raise CosmosError(
                401, "Entra ID tokens are not accepted by this local endpoint: start it with an audience for them."
            )
        now = int(self._now().timestamp() * 1000)
        if self._tokens.get(token, 0) <= now:
            try:
                found = self._entra.check(token, now)
            except TokenRefused as error:
                raise CosmosError(401, f"The Entra ID token can't serve the request: {error}") from error
            if len(self._tokens) >= _REMEMBERED_MAX:
                self._tokens.clear()
            self._tokens[token] = found.expires_at
        if target.pattern in _MANAGED and not _is_read(request):
            raise CosmosError(
                403,
                f"Request blocked: the given request [{request.method} {request.path}] cannot be authorized by AAD "
                "token in data plane.",
                substatus=AAD_NOT_ALLOWED,
            )


def _unquoted(text: str) -> str:
    # What clients quote in a signature are these four; anything else takes the long way.
    found = text.replace("%3D", "=").replace("%26", "&").replace("%2B", "+").replace("%2F", "/")
    return unquote(text) if "%" in found else found


def _decoded(key: str) -> bytes:
    try:
        return b64decode(key, validate=True)
    except Base64Error as error:
        raise ValueError(f"The key is not base64: {error}.") from error


def _is_signed(key: bytes, payload: str, given: str) -> bool:
    signature = b64encode(hmac.digest(key, payload.encode(), "sha256")).decode()
    return hmac.compare_digest(given.encode(), f"{_MASTER}{signature}".encode())


def _is_read(request: Request) -> bool:
    if request.method != "POST":
        return request.method == "GET"
    return headers.IS_QUERY in request.headers or headers.IS_QUERY_PLAN in request.headers


def _unauthorized(payload: str) -> CosmosError:
    shown = payload.replace("\n", "\\n")
    return CosmosError(
        401,
        "The input authorization token can't serve the request. The wrong key is being used or the expected payload is "
        "not built as per the protocol. For more info: https://aka.ms/cosmosdb-tsg-unauthorized. Server used the "
        f"following payload to sign: '{shown}'",
    )


def _moment(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        raise CosmosError(
            401, "Authorization token mandates Date header. Please pass in RFC 1123 style date format."
        ) from None
