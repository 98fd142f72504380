import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from contracts.locations import Location
from contracts.storage import SIGN_URL, SignedUrl, SignUrl
from durable import NonRetryable, RetryAfter
from durable.adapters.memory import ManualClock
from durable.errors import TransientError
from durable.failure import Failure
from emulators.certificates import Certificates, certificates_in
from storage_worker.links import LinksOfStores
from storage_worker.providers.azure_links import AzureLinks
from tests.support.azure_account import Account, Identity, Refusal, Silence, serving
from tests.support.azure_blobs import Blobs, refused
from tests.support.storage_world import NOON, StorageWorld, a_storage_world

MINUTE = timedelta(minutes=1)
ODD_NAME = "in/ü b%20+&c=1.txt"
REQUEST = SignUrl(source=Location(name=ODD_NAME), target=Location(store="archive", name="links/a"), seconds=60)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StorageWorld]:
    async with a_storage_world(tmp_path) as world:
        await world.main.put(ODD_NAME, b"content")
        yield world


@pytest.fixture
async def somebody() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def signed(world: StorageWorld) -> str:
    result = await world.calls.call(SIGN_URL, REQUEST)
    assert isinstance(result, SignedUrl), result
    return (await world.archive.get("links/a")).decode().strip()


async def test_an_address_is_written_to_an_object_and_stands_in_no_result(world: StorageWorld) -> None:
    result = await world.calls.call(SIGN_URL, REQUEST)

    assert result == SignedUrl(target=REQUEST.target, expires_at=NOON + MINUTE)
    url = (await world.archive.get("links/a")).decode()
    assert re.fullmatch(rf"{world.url}/objects/main/\S+\?expires=\d+&signature=[0-9a-f]{{64}}\n", url)
    assert url.split("signature=")[1].strip() not in result.model_dump_json()


async def test_anybody_reads_the_object_under_it_until_it_expires(
    world: StorageWorld, somebody: aiohttp.ClientSession
) -> None:
    url = await signed(world)

    answer = await somebody.get(yarl_raw(url))
    assert (answer.status, await answer.read()) == (200, b"content")
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    world.clock.advance(timedelta(seconds=59))
    assert (await somebody.head(yarl_raw(url))).status == 200
    world.clock.advance(timedelta(seconds=1))
    assert (await somebody.get(yarl_raw(url))).status == 403


async def test_an_address_opens_nothing_else(world: StorageWorld, somebody: aiohttp.ClientSession) -> None:
    await world.main.put("in/secret", b"no")
    await world.archive.put(ODD_NAME, b"no")
    url = await signed(world)
    path, _, query = url.partition("?")

    for changed in (
        f"{world.url}/objects/main/in/secret?{query}",
        f"{world.url}/objects/archive/{quote(ODD_NAME)}?{query}",
        f"{path}?{query.replace('expires=1', 'expires=9')}",
        f"{path}?{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        f"{path}?{query[:-1]}%C3%BC",
        path,
        f"{path}?expires=&signature=",
    ):
        answer = await somebody.get(yarl_raw(changed))
        assert (answer.status, await answer.text()) == (403, "expected a URL that is signed and has not expired\n")


async def test_an_object_that_is_gone_is_told_to_whoever_has_its_address(
    world: StorageWorld, somebody: aiohttp.ClientSession
) -> None:
    url = await signed(world)
    await world.main.delete(ODD_NAME)

    assert (await somebody.get(yarl_raw(url))).status == 404


async def test_what_is_not_there_is_not_signed(world: StorageWorld) -> None:
    await world.main.delete(ODD_NAME)

    failure = await world.calls.call(SIGN_URL, REQUEST)

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert "there is none" in failure.message
    assert [found async for found in world.archive.list("links")] == []


async def test_a_target_that_would_be_written_over_its_source_is_refused(world: StorageWorld) -> None:
    request = REQUEST.model_copy(update={"target": Location(store="alias", name=ODD_NAME)})

    failure = await world.calls.call(SIGN_URL, request)

    assert not failure.retryable
    assert await world.main.get(ODD_NAME) == b"content"


async def test_a_store_that_nothing_signs_for_fails_for_good() -> None:
    with pytest.raises(NonRetryable, match="found 'elsewhere'"):
        await LinksOfStores({}).url(Location(store="elsewhere", name="a"), MINUTE)


class AtAzure:
    """Links of a container, and the account that serves it."""

    def __init__(self, links: AzureLinks, account: Account, blobs: Blobs, authority: Path) -> None:
        self.links = links
        self.account = account
        self.blobs = blobs
        self.authority = authority


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def azure(certificates: Certificates) -> AsyncIterator[AtAzure]:
    account, blobs = Account(), Blobs()
    async with serving(account, blobs.answer, refused, certificates.server_context()):
        authority = str(certificates.authority)
        url = f"{account.url}/account"
        links = AzureLinks(url, "container", Identity(), ManualClock(NOON), connection_verify=authority)
        yield AtAzure(links, account, blobs, certificates.authority)
        await links.close()


async def test_azure_delegates_a_key_and_anybody_reads_one_object_under_the_address(
    azure: AtAzure, certificates: Certificates, somebody: aiohttp.ClientSession
) -> None:
    azure.blobs.blobs[ODD_NAME] = b"content"
    azure.blobs.blobs["in/secret"] = b"no"

    url = await azure.links.url(Location(name=ODD_NAME), MINUTE)

    trust = certificates.client_context()
    assert azure.account.seen == ["POST /account/?restype=service&comp=userdelegationkey"]
    assert azure.account.tokens == {"a-token"}
    assert "sp=r" in url
    assert "se=2026-11-27T12%3A01%3A00Z" in url
    answer = await somebody.get(yarl_raw(url), ssl=trust)
    assert (answer.status, await answer.read()) == (200, b"content")
    secret = f"{azure.account.url}/account/container/in/secret?{url.partition('?')[2]}"
    assert (await somebody.get(yarl_raw(secret), ssl=trust)).status == 403
    assert (await somebody.put(yarl_raw(url), ssl=trust, data=b"x")).status == 403
    assert azure.blobs.blobs[ODD_NAME] == b"content"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal(429, "TooManyRequests", retry_after=3), RetryAfter),
        (Refusal(500, "InternalError"), TransientError),
        (Refusal(503, "ServerBusy"), TransientError),
        (Silence(), TransientError),
        (Refusal(403, "AuthorizationPermissionMismatch"), NonRetryable),
    ],
)
async def test_what_azure_answers_instead_of_a_key_is_told(
    azure: AtAzure, refusal: Refusal | Silence, error: type[Exception]
) -> None:
    azure.account.refuse(refusal, refusal)

    with pytest.raises(error, match="the account of store 'main'"):
        await azure.links.url(Location(name="a"), MINUTE)


def yarl_raw(url: str) -> URL:
    return URL(url, encoded=True)
