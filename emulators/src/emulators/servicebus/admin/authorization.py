"""Whether a token opens a path of the administration; the tokens are those that open links."""

from emulators.servicebus.admin.complaints import unauthorized
from emulators.servicebus.broker.refusals import Unauthorized
from emulators.servicebus.wire.hub import Hub

_BEARER = "Bearer "


def check_token(hub: Hub, token: str | None, path: str) -> None:
    """Raise a `Complaint` unless the token opens the path."""
    if not token:
        raise unauthorized("MissingToken: The authorization header was not found.")
    try:
        hub.gatekeeper.check(token.removeprefix(_BEARER), path)
    except Unauthorized as refusal:
        raise unauthorized(str(refusal)) from refusal
