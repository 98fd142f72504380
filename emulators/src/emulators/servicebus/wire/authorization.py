"""Tokens: what a shared access signature, or a token of Entra ID, opens and until when.

1. What a token is shows in its text: the SDK calls a signature made from a connection string `jwt` too.
2. Tokens end by the clock of those who make them, whatever a test has done to the clock of the broker.
3. Refusals say what the service says, so that a client's log looks the same.
"""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote_plus, unquote, unquote_plus

from emulators.entra import Entra, TokenExpired, TokenRefused
from emulators.servicebus.broker.refusals import Unauthorized
from emulators.servicebus.clock import Clock, SystemClock
from emulators.servicebus.wire.answers import path_of
from emulators.servicebus.wire.claims import covers

DEFAULT_KEY_NAME = "RootManageSharedAccessKey"
DEFAULT_KEY = "local-development-key"

_PREFIX = "SharedAccessSignature "
# The year 9999: what expires later can't be told as a date.
_SECONDS_MAX = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature was made for: an address, and its end in milliseconds since the epoch."""

    resource: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class SharedKey:
    """The one key of the endpoint."""

    name: str = DEFAULT_KEY_NAME
    secret: str = DEFAULT_KEY

    def verify(self, token: str, now: int) -> Signed:
        """What a token of this key was signed for; raises `Unauthorized` if it was not, or has expired."""
        if not token.startswith(_PREFIX):
            raise Unauthorized(f"MalformedToken: a token that starts with '{_PREFIX}' was expected.")
        fields = dict(part.partition("=")[::2] for part in token.removeprefix(_PREFIX).split("&"))
        written, signature, expiry, name = (fields.get(part, "") for part in ("sr", "sig", "se", "skn"))
        resource = unquote_plus(written)
        # Signed is the resource as it is written; clients differ in which characters they encode, and how.
        signed = any(
            hmac.compare_digest(unquote(signature).encode(), self._signature(text, expiry))
            for text in {written, quote_plus(resource)}
        )
        if unquote_plus(name) != self.name or not signed:
            raise Unauthorized("InvalidSignature: The token has an invalid signature.")
        if not expiry.isdecimal() or int(expiry) > _SECONDS_MAX:
            raise Unauthorized(f"MalformedToken: 'se' must be seconds since the epoch, found {expiry!r}.")
        if int(expiry) * 1000 <= now:
            raise _expired(int(expiry) * 1000)
        return Signed(resource, int(expiry) * 1000)

    def is_told_by(self, response: bytes) -> bool:
        """Whether a response of SASL PLAIN has the name and the secret, behind a first part of any kind."""
        told = (self.name.encode(), self.secret.encode())
        _, *given = response.split(b"\0")
        return len(given) == 2 and all(map(hmac.compare_digest, given, told))

    def _signature(self, resource: str, expiry: str) -> bytes:
        return base64.b64encode(hmac.digest(self.secret.encode(), f"{resource}\n{expiry}".encode(), "sha256"))


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """Looks at tokens of either kind; without `entra` those of Entra ID open nothing."""

    key: SharedKey
    entra: Entra | None = None
    clock: Clock = field(default_factory=SystemClock)

    def check(self, token: str, audience: str) -> int:
        """Until when a token opens an address, in milliseconds since the epoch; raises `Unauthorized`."""
        now = self.clock.now()
        if self.entra is not None and not token.startswith(_PREFIX):
            return self._check_entra(self.entra, token, now)
        signed = self.key.verify(token, now)
        # Clients of the administration sign a whole request, with its query.
        if not covers(path_of(signed.resource.partition("?")[0]), path_of(audience)):
            raise Unauthorized(
                f"InvalidAudience: The token is for '{signed.resource}', which does not open '{audience}'."
            )
        return signed.expires_at

    def _check_entra(self, entra: Entra, token: str, now: int) -> int:
        try:
            return entra.check(token, now).expires_at
        except TokenExpired as cause:
            raise Unauthorized(f"ExpiredToken: {cause}") from cause
        except TokenRefused as cause:
            raise Unauthorized(f"InvalidToken: {cause}") from cause


def _expired(at: int) -> Unauthorized:
    when = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return Unauthorized(f"ExpiredToken: The token is expired. Expiration time: '{when}'.")
