import base64
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import pytest
from azure.servicebus._pyamqp import utils

from emulators.servicebus.broker.refusals import Unauthorized
from emulators.servicebus.wire.authorization import Gatekeeper, SharedKey
from emulators.servicebus.wire.tokens import LockTokens

NOW = 1_800_000_000
KEY = SharedKey("name", "secret key+/=")


def token(*, name: str = "name", key: str = "secret key+/=", expiry: int = NOW + 60) -> str:
    sign: Any = utils.generate_sas_token
    return str(sign("amqps://localhost:5672/queue", name, key, expiry))


class Still:
    """A clock that stands still."""

    def now(self) -> int:
        return NOW * 1000

    def on_jump(self, callback: Callable[[], None]) -> None:
        """It never jumps."""


def test_a_token_of_the_sdk_signed_with_the_key_is_accepted() -> None:
    KEY.verify(token(), NOW * 1000)


@pytest.mark.parametrize(
    "written", ["https%3a%2f%2flocalhost%2fq", "https%3A%2F%2Flocalhost%2Fq", "https://localhost/q"]
)
def test_the_resource_is_signed_as_it_is_written(written: str) -> None:
    text = f"{written}\n{NOW + 60}".encode()
    signature = quote_plus(base64.b64encode(hmac.digest(b"secret key+/=", text, "sha256")))

    signed = KEY.verify(f"SharedAccessSignature sig={signature}&se={NOW + 60}&skn=name&sr={written}", NOW * 1000)

    assert signed.resource == "https://localhost/q"


def test_a_token_for_a_request_opens_the_path_of_the_request() -> None:
    keeper = Gatekeeper(KEY, clock=Still())
    written = quote_plus("https://localhost:1/queue?api-version=2021-05")
    signature = quote_plus(base64.b64encode(hmac.digest(b"secret key+/=", f"{written}\n{NOW + 60}".encode(), "sha256")))

    keeper.check(f"SharedAccessSignature sig={signature}&se={NOW + 60}&skn=name&sr={written}", "queue")
    with pytest.raises(Unauthorized, match="InvalidAudience"):
        keeper.check(f"SharedAccessSignature sig={signature}&se={NOW + 60}&skn=name&sr={written}", "other")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (token(key="other"), "InvalidSignature"),
        (token(name="other"), "InvalidSignature"),
        (token(expiry=NOW), "ExpiredToken"),
        (token().replace("queue", "other"), "InvalidSignature"),
        ("Bearer abc", "MalformedToken"),
        ("SharedAccessSignature ", "InvalidSignature"),
    ],
)
def test_any_other_token_is_refused_with_the_reason(bad: str, reason: str) -> None:
    with pytest.raises(Unauthorized, match=reason):
        KEY.verify(bad, NOW * 1000)


def test_the_lock_token_of_a_delivery_tag_leads_back_to_the_lock() -> None:
    tokens = LockTokens()

    as_the_sdk_sends_it = UUID(bytes_le=tokens.tag(1234)).bytes

    assert as_the_sdk_sends_it == tokens.uuid(1234)
    assert tokens.lock_id(as_the_sdk_sends_it) == 1234


def test_a_lock_token_of_another_process_locks_nothing() -> None:
    assert LockTokens().lock_id(LockTokens().uuid(1234)) == 0


@pytest.mark.parametrize(
    ("response", "right"),
    [
        (b"\0RootManageSharedAccessKey\0local-development-key", True),
        (b"who\0RootManageSharedAccessKey\0local-development-key", True),
        (b"\0RootManageSharedAccessKey\0local-development-kex", False),
        (b"\0root\0local-development-key", False),
        (b"RootManageSharedAccessKey\0local-development-key", False),
        (b"\0RootManageSharedAccessKey\0local-development-key\0", False),
        (b"\xff\xfe", False),
        (b"", False),
    ],
)
def test_a_response_of_sasl_plain_must_tell_the_name_and_the_key(response: bytes, *, right: bool) -> None:
    assert SharedKey().is_told_by(response) is right
