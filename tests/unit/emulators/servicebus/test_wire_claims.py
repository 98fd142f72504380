from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import jwt
import pytest
from azure.servicebus._pyamqp import utils

from emulators.entra import Entra
from emulators.servicebus.amqp.performatives import Attach, Detach
from emulators.servicebus.broker.broker import Plan, QueuePlan, TopicPlan
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME, Gatekeeper
from emulators.servicebus.wire.claims import CLAIMS_MAX, Claims
from tests.support.wire_answers import answers
from tests.support.wire_client import WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"), QueuePlan("quick")), (TopicPlan("t", subscriptions=(QueuePlan("s"),)),))
AUDIENCE = "https://servicebus.azure.net"
NUMBERS: Iterator[int] = count(100)


def a_client(entra: Entra | None = None) -> WireClient:
    """A client that has put no token yet; handles 1 and 2 are its links to the token node."""
    client = WireClient(a_hub(PLAN))
    client.hub.gatekeeper = Gatekeeper(client.hub.key, entra, ManualClock())
    client.open()
    client.connection.claims = Claims()
    client.attach(1, "$cbs", receives=True)
    client.attach(2, "$cbs", receives=False)
    client.grant(1, 1000)
    return client


def clock(client: WireClient) -> ManualClock:
    signers = client.hub.gatekeeper.clock
    assert isinstance(signers, ManualClock)
    return signers


def signature(client: WireClient, resource: str, *, seconds: int = 3600, key: str = DEFAULT_KEY) -> str:
    sign: Any = utils.generate_sas_token
    return str(sign(resource, DEFAULT_KEY_NAME, key, clock(client).now() // 1000 + seconds))


def put(client: WireClient, name: str, token: str) -> dict[str, Any]:
    client.request(2, next(NUMBERS), "put-token", token, name=name, type="jwt")
    ((status, _),) = answers(client.hear())
    return status


def opens(client: WireClient, path: str) -> bool:
    handle = next(NUMBERS)
    return not of_kind(client.attach(handle, path, receives=path != "t"), Detach)


def test_the_oldest_of_too_many_claims_is_forgotten() -> None:
    claims = Claims()

    for number in range(CLAIMS_MAX + 1):
        claims.put(f"q{number}", 7)

    assert (claims.until("q0"), claims.until("Q1"), claims.until(f"q{CLAIMS_MAX}/below")) == (0, 7, 7)


@pytest.mark.parametrize(
    ("resource", "opened"),
    [
        ("sb://localhost/q", {"q", "q/$DeadLetterQueue", "q/$management"}),
        ("sb://elsewhere:5671/Q/", {"q", "q/$DeadLetterQueue", "q/$management"}),
        ("sb://localhost/t", {"t", "t/Subscriptions/s"}),
        ("sb://localhost/t/subscriptions/s", {"t/Subscriptions/s"}),
        ("sb://localhost/", {"q", "q/$DeadLetterQueue", "q/$management", "quick", "t", "t/Subscriptions/s"}),
    ],
)
async def test_a_token_opens_its_address_and_what_is_below(resource: str, opened: set[str]) -> None:
    client = a_client()

    status = put(client, resource, signature(client, resource))

    assert status == {"status-code": 202, "status-description": "Accepted"}
    paths = ("q", "q/$DeadLetterQueue", "q/$management", "quick", "t", "t/Subscriptions/s")
    assert {path for path in paths if opens(client, path)} == opened


async def test_a_link_without_a_claim_is_told_which_it_needs() -> None:
    client = a_client()

    details = [of_kind(client.attach(handle, "q", receives=role), Detach) for handle, role in ((3, True), (4, False))]

    texts = [str(detach.error) for (detach,) in details]
    assert all("amqp:unauthorized-access" in text for text in texts)
    assert ("'Listen' claim(s)" in texts[0], "'Send' claim(s)" in texts[1]) == (True, True)


@pytest.mark.parametrize(
    ("resource", "options", "reason"),
    [
        ("sb://localhost/q", {"key": "guessed"}, "InvalidSignature: The token has an invalid signature."),
        ("sb://localhost/q", {"seconds": 0}, "ExpiredToken: The token is expired. Expiration time: '"),
        ("sb://localhost/quick", {}, "InvalidAudience"),
        ("sb://localhost/q/below", {}, "InvalidAudience"),
    ],
)
async def test_a_bad_token_is_refused_as_the_service_does_it(
    resource: str, options: dict[str, Any], reason: str
) -> None:
    client = a_client()

    status = put(client, "sb://localhost/q", signature(client, resource, **options))

    assert status["status-code"] == 401
    assert status["error-condition"] == "com.microsoft:auth-failed"
    assert status["status-description"].startswith(reason)
    assert not opens(client, "q")


async def test_a_token_for_an_unknown_entity_is_not_found() -> None:
    client = a_client()

    status = put(client, "sb://localhost/nowhere", signature(client, "sb://localhost/nowhere"))

    assert (status["status-code"], status["error-condition"]) == (404, "amqp:not-found")


async def test_the_token_node_knows_no_other_operation() -> None:
    client = a_client()

    client.request(2, 0, "delete-token", "x", name="sb://localhost/q")

    assert answers(client.hear())[0][0]["status-code"] == 400


async def test_links_are_taken_away_when_their_token_expires_and_no_others() -> None:
    client = a_client()
    put(client, "sb://localhost/q", signature(client, "sb://localhost/q", seconds=60))
    put(client, "sb://localhost/quick", signature(client, "sb://localhost/quick", seconds=3600))
    client.attach(3, "q", receives=True)
    client.attach(4, "quick", receives=True)

    clock(client).advance(timedelta(seconds=61))
    client.hub.beat()
    (detach,) = of_kind(client.hear(), Detach)

    assert detach.handle == 3
    assert "amqp:link:detach-forced" in str(detach.error)
    assert "is force detached. Code: RenewToken. Details: Unauthorized access. 'Listen' claim(s)" in str(detach.error)
    assert opens(client, "quick")


async def test_a_token_that_is_put_again_in_time_keeps_its_links() -> None:
    client = a_client()
    put(client, "sb://localhost/q", signature(client, "sb://localhost/q", seconds=60))
    client.attach(3, "q", receives=True)

    put(client, "sb://localhost/q", signature(client, "sb://localhost/q", seconds=120))
    clock(client).advance(timedelta(seconds=61))
    client.hub.beat()

    assert of_kind(client.hear(), Detach) == []


def entra_token(client: WireClient, **claims: object) -> str:
    content = {"aud": AUDIENCE, "exp": clock(client).now() // 1000 + 60, "sub": "test"} | claims
    return jwt.encode(content, "", algorithm="none")


async def test_a_token_of_entra_opens_an_entity_until_it_expires() -> None:
    client = a_client(Entra((AUDIENCE,)))

    status = put(client, "sb://localhost/q", entra_token(client))
    attached = of_kind(client.attach(3, "q", receives=True), Attach)
    clock(client).advance(timedelta(seconds=61))
    client.hub.beat()

    assert status["status-code"] == 202
    assert attached[0].source is not None
    assert "RenewToken" in str(of_kind(client.hear(), Detach)[0].error)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [({"aud": "https://storage.azure.com"}, "InvalidToken: "), ({"exp": 1_000_000}, "ExpiredToken: ")],
)
async def test_a_token_of_entra_for_something_else_is_refused(claims: dict[str, object], reason: str) -> None:
    client = a_client(Entra((AUDIENCE,)))

    status = put(client, "sb://localhost/q", entra_token(client, **claims))

    assert (status["status-code"], status["status-description"].startswith(reason)) == (401, True)


async def test_tokens_of_entra_open_nothing_unless_that_was_asked_for() -> None:
    client = a_client()

    status = put(client, "sb://localhost/q", entra_token(client))

    assert (status["status-code"], status["error-condition"]) == (401, "com.microsoft:auth-failed")


async def test_signatures_open_entities_beside_tokens_of_entra() -> None:
    client = a_client(Entra((AUDIENCE,)))

    assert put(client, "sb://localhost/q", signature(client, "sb://localhost/q"))["status-code"] == 202
