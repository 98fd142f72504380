"""What the administration side refuses: by the real client, and by hand where the client would not ask."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.servicebus.aio.management import ServiceBusAdministrationClient
from azure.servicebus.management import CorrelationRuleFilter, SqlRuleFilter

from emulators.servicebus.admin.app import BODY_BYTES_MAX
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME
from tests.support.hurried_sdk import hurry_sdk
from tests.support.servicebus_admin import Administered, administered, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATOM = "http://www.w3.org/2005/Atom"
SERVICE = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DESCRIPTION = f'<QueueDescription xmlns="{SERVICE}">{{}}</QueueDescription>'
ENTRY = f'<entry xmlns="{ATOM}"><content type="application/xml">{{}}</content></entry>'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Administered]:
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with administered(tmp_path_factory.mktemp("certificates")) as world:
            await world.admin.create_queue("there")
            await world.admin.create_topic("topic")
            await world.admin.create_subscription("topic", "s")
            yield world


async def asked(
    world: Administered, method: str, path: str, body: str | bytes = "", headers: Mapping[str, str] | None = None
) -> tuple[int, str, Mapping[str, str]]:
    """A request that was signed, made by hand."""
    signature = {"Authorization": signed(world.endpoint)}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(
            method,
            f"{world.endpoint.admin_url}/{path}",
            data=body,
            headers={**signature, **(headers or {})},
            ssl=world.certificates.client_context(),
        ) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


@pytest.mark.parametrize(
    "name", ["#a", "a b", "-a", "a-", "a//b", "a$b", "ä", "a\nb", "$Resources", "a?b", "x" * 261, "a:b"]
)
async def test_names_that_the_service_refuses(world: Administered, name: str) -> None:
    with pytest.raises(HttpResponseError, match="SubCode=40000") as refused:
        await world.admin.create_queue(name)
    assert refused.value.status_code == 400


@pytest.mark.parametrize("name", ["x" * 260, "a", "0", "a/b/c", "a.b-c_d", "A_"])
async def test_names_that_the_service_takes(world: Administered, name: str) -> None:
    assert (await world.admin.create_queue(name)).name == name


@pytest.mark.parametrize("name", ["x" * 51, "a/b", "a b", "$x"])
async def test_names_that_subscriptions_and_rules_may_not_have(world: Administered, name: str) -> None:
    with pytest.raises(HttpResponseError):
        await world.admin.create_subscription("topic", name)
    with pytest.raises(HttpResponseError):
        await world.admin.create_rule("topic", "s", name)


@pytest.mark.parametrize(
    "properties",
    [
        {"lock_duration": timedelta(minutes=5, seconds=1)},
        {"lock_duration": timedelta(seconds=1)},
        {"lock_duration": "PT0.5S"},
        {"max_delivery_count": 0},
        {"max_delivery_count": 2001},
        {"max_size_in_megabytes": 1},
        {"max_size_in_megabytes": 10240},
        {"auto_delete_on_idle": timedelta(minutes=4)},
        {"default_message_time_to_live": timedelta(0)},
        {"duplicate_detection_history_time_window": timedelta(days=8)},
        {"duplicate_detection_history_time_window": timedelta(seconds=19)},
        {"user_metadata": "x" * 1025},
        {"status": "Sleeping"},
        {"max_message_size_in_kilobytes": 1024},
        {"forward_to": "nowhere"},
        {"forward_to": "there", "requires_session": True},
        {"forward_dead_lettered_messages_to": "nowhere"},
        {"enable_express": True, "requires_duplicate_detection": True},
    ],
)
async def test_properties_out_of_their_limits(world: Administered, properties: dict[str, Any]) -> None:
    with pytest.raises(HttpResponseError, match="SubCode=40000") as refused:
        await world.admin.create_queue("refused", **properties)
    assert refused.value.status_code == 400


async def test_a_lock_that_is_too_long_is_refused_in_the_words_of_the_service(world: Administered) -> None:
    with pytest.raises(HttpResponseError, match="The supplied lock time exceeds the allowed maximum of '5' minutes"):
        await world.admin.create_queue("refused", lock_duration=timedelta(minutes=10))


async def test_a_queue_does_not_forward_to_itself(world: Administered) -> None:
    queue = await world.admin.get_queue("there")
    with pytest.raises(HttpResponseError, match="to itself"):
        await world.admin.update_queue(queue, forward_to="there")


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        (SqlRuleFilter("a ="), "position"),
        (SqlRuleFilter("a = @missing"), "parameter"),
        (SqlRuleFilter("x" * 1025), "1024 characters"),
        (CorrelationRuleFilter(), "at least one property"),
    ],
)
async def test_rules_that_make_no_sense(world: Administered, chosen: Any, complaint: str) -> None:
    with pytest.raises(HttpResponseError, match=complaint) as refused:
        await world.admin.create_rule("topic", "s", "senseless", filter=chosen)
    assert refused.value.status_code == 400


@pytest.mark.parametrize(
    "secret",
    [
        f"SharedAccessKeyName={DEFAULT_KEY_NAME};SharedAccessKey=another",
        f"SharedAccessKeyName=another;SharedAccessKey={DEFAULT_KEY}",
        "SharedAccessSignature=SharedAccessSignature sr=x&sig=y&se=1&skn=z",
    ],
)
async def test_a_signature_with_another_key_is_unauthorized(world: Administered, secret: str) -> None:
    told = f"Endpoint=sb://{world.admin.fully_qualified_namespace};{secret}"
    options: dict[str, Any] = {"connection_verify": str(world.certificates.authority), "retry_total": 0}
    async with ServiceBusAdministrationClient.from_connection_string(told, **options) as admin:
        with pytest.raises(ClientAuthenticationError) as refused:
            await admin.get_queue("there")
        assert refused.value.status_code == 401


async def test_a_signature_that_was_made_before_opens_what_it_is_for(world: Administered) -> None:
    signature = signed(world.endpoint).removeprefix("SharedAccessSignature ")
    told = (
        f"Endpoint=sb://{world.admin.fully_qualified_namespace};SharedAccessSignature=SharedAccessSignature {signature}"
    )
    options: dict[str, Any] = {"connection_verify": str(world.certificates.authority), "retry_total": 0}
    async with ServiceBusAdministrationClient.from_connection_string(told, **options) as admin:
        assert (await admin.get_queue("there")).name == "there"


@pytest.mark.parametrize("header", ["", "Bearer x", "SharedAccessSignature sr=a"])
async def test_a_request_without_a_good_token_is_unauthorized(world: Administered, header: str) -> None:
    status, text, _ = await asked(world, "DELETE", "there", headers={"Authorization": header})

    assert (status, text[:25]) == (401, "<Error><Code>401</Code><D")
    assert (await world.admin.get_queue("there")).name == "there"


async def test_a_token_for_one_entity_opens_no_other(world: Administered) -> None:
    own = {"Authorization": signed(world.endpoint, "there")}

    assert (await asked(world, "GET", "there", headers=own))[0] == 200
    assert (await asked(world, "GET", "topic", headers=own))[0] == 401
    assert (await asked(world, "GET", "$Resources/queues", headers=own))[0] == 401


async def test_a_destination_is_not_opened_by_a_bad_supplementary_token(world: Administered) -> None:
    body = ENTRY.format(DESCRIPTION.format("<ForwardTo>there</ForwardTo>"))
    bad = {"ServiceBusSupplementaryAuthorization": "SharedAccessSignature sr=x&sig=y&se=1&skn=z"}
    good = {"ServiceBusSupplementaryAuthorization": signed(world.endpoint, "there")}

    assert (await asked(world, "PUT", "supplement", body, bad))[0] == 401
    assert (await asked(world, "PUT", "supplement", body, good))[0] == 201


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no markup",
        "<entry>",
        ENTRY.format(""),
        ENTRY.format("<QueueDescription/>"),
        ENTRY.format(f'<RuleDescription xmlns="{SERVICE}"/>'),
        '<!DOCTYPE e [<!ENTITY a "b">]>' + ENTRY.format(DESCRIPTION.format("<UserMetadata>&a;</UserMetadata>")),
        '<?xml version="1.0" encoding="nonsense"?><entry/>',
        b"\xff\xfe\x00",
        "<a>" * 1000,
        "x" * (BODY_BYTES_MAX + 1),
    ],
)
async def test_bodies_that_are_no_description(world: Administered, body: str | bytes) -> None:
    status, text, _ = await asked(world, "PUT", "malformed", body)

    assert status == 400
    assert "<Code>400</Code>" in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "$Resources/queues?$skip=x", 400),
        ("GET", "$Resources/queues?$skip=-1", 400),
        ("GET", "$Resources/queues?$top=99999999999", 400),
        ("GET", "$Resources/queues?$skip=5000", 200),
        ("GET", "$Resources/queues?$top=0", 200),
        ("DELETE", "$Resources/queues", 405),
        ("PUT", "topic/subscriptions", 405),
        ("POST", "there", 405),
        ("GET", "nowhere/subscriptions", 404),
        ("GET", "topic/subscriptions/nobody/rules", 404),
        ("GET", "there/$DeadLetterQueue", 200),
        ("DELETE", "there/$DeadLetterQueue", 404),
        ("GET", "", 200),
    ],
)
async def test_odd_requests_have_their_answers(world: Administered, method: str, path: str, status: int) -> None:
    assert (await asked(world, method, path))[0] == status


async def test_the_address_of_an_entry_tells_its_names_as_other_clients_read_them(world: Administered) -> None:
    _, subscription, _ = await asked(world, "GET", "topic/subscriptions/s?api-version=2021-05")
    _, rule, _ = await asked(world, "GET", "topic/subscriptions/s/rules/$Default?api-version=2021-05")
    base = f"https://{world.admin.fully_qualified_namespace}"

    assert f"<id>{base}/topic/Subscriptions/s?api-version=2021-05</id>" in subscription
    assert f"<id>{base}/topic/Subscriptions/s/Rules/$Default?api-version=2021-05</id>" in rule


async def test_an_entity_is_changed_only_as_it_was_seen(world: Administered) -> None:
    body = ENTRY.format(DESCRIPTION.format("<UserMetadata>seen</UserMetadata>"))
    await world.admin.create_queue("seen")
    _, _, headers = await asked(world, "GET", "seen")
    world.clock.advance(timedelta(seconds=1))
    first, _, _ = await asked(world, "PUT", "seen", body, {"If-Match": headers["ETag"]})
    second, _, _ = await asked(world, "PUT", "seen", body, {"If-Match": headers["ETag"]})
    third, _, _ = await asked(world, "PUT", "seen", body, {"If-Match": "*"})

    assert (first, second, third) == (200, 412, 200)


class _Entra:
    """A credential whose token is as it is told."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self._token, 2**31)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "_Entra":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""


async def test_tokens_of_entra_open_nothing_unless_the_endpoint_was_told_to_take_them(world: Administered) -> None:
    host, authority = world.admin.fully_qualified_namespace, str(world.certificates.authority)
    options: dict[str, Any] = {"connection_verify": authority, "retry_total": 0}
    async with ServiceBusAdministrationClient(host, _Entra("a.b.c"), **options) as admin:
        with pytest.raises(ClientAuthenticationError):
            await admin.get_queue("there")
