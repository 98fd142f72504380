import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from contracts.tables import EntityKey, TableEntity
from durable import NonRetryable, RetryAfter
from durable.errors import TransientError
from durable.worker.threads import Threads
from emulators.certificates import Certificates, certificates_in
from storage_worker.providers.azure_tables import AzureTables
from storage_worker.providers.embedded_tables import EmbeddedTables
from storage_worker.tables import Tables
from tests.support.azure_account import Account, Identity, Refusal, Silence, serving
from tests.support.azure_tables import TablesOfAccount, refused

PROPERTIES: dict[str, Any] = {
    "vendor": "Łódź & Söhne 🎉 'quoted'",
    "total": 12.5,
    "whole": 12.0,
    "pages": 7,
    "large": 2**62,
    "negative": -(2**63),
    "paid": True,
    "due": datetime(2026, 12, 24, 18, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=1))),
    "lines": [{"sku": "a", "count": 2}, None, [1.5, "x"]],
    "address": {"city": "Ulm"},
    "empty": "",
}


@dataclass
class AtAzure:
    tables: AzureTables
    account: Account
    served: TablesOfAccount = field(default_factory=TablesOfAccount)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def at_azure(certificates: Certificates) -> AsyncIterator[AtAzure]:
    account, served = Account(), TablesOfAccount()
    async with serving(account, served.answer, refused, certificates.server_context()):
        tables = AzureTables(
            f"{account.url}/account",
            Identity(),
            connection_verify=str(certificates.authority),
            retry_backoff_factor=0,
        )
        yield AtAzure(tables, account, served)
        await tables.close()


@pytest.fixture
async def azure(certificates: Certificates) -> AsyncIterator[AtAzure]:
    async with at_azure(certificates) as world:
        yield world


@pytest.fixture(params=["azure", "embedded"])
async def tables(request: pytest.FixtureRequest, tmp_path: Path, certificates: Certificates) -> AsyncIterator[Tables]:
    if request.param == "embedded":
        threads = Threads(4)
        yield EmbeddedTables(tmp_path / "a folder" / "tables.sqlite", threads)
        threads.close()
        return
    async with at_azure(certificates) as world:
        yield world.tables


def an_entity(row: str = "2026-11", **properties: Any) -> TableEntity:
    return TableEntity.model_validate(
        {"table": "Invoices", "partition_key": "tenant 'a' 100%", "row_key": row, "properties": properties}
    )


def key_of(entity: TableEntity) -> EntityKey:
    return EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)


async def test_an_entity_comes_back_as_it_was_written(tables: Tables) -> None:
    entity = an_entity(**PROPERTIES)

    await tables.write(entity)
    found = await tables.read(key_of(entity))

    assert found is not None
    assert found == entity
    assert {name: type(value) for name, value in found.properties.items() if name != "due"} == {
        name: type(value) for name, value in PROPERTIES.items() if name != "due"
    }


async def test_a_write_that_is_repeated_changes_nothing_and_a_newer_one_replaces_the_whole(tables: Tables) -> None:
    await tables.write(an_entity(vendor="old", only_old=1))
    await tables.write(an_entity(vendor="new"))
    await tables.write(an_entity(vendor="new"))

    found = await tables.read(key_of(an_entity()))

    assert found is not None
    assert found.properties == {"vendor": "new"}


async def test_what_is_not_there_is_none_and_can_be_deleted(tables: Tables) -> None:
    key = key_of(an_entity())

    assert await tables.read(key) is None
    await tables.delete(key)
    await tables.write(an_entity("other"))
    assert await tables.read(key) is None
    await tables.delete(key)

    assert await tables.read(key_of(an_entity("other"))) is not None


async def test_a_deleted_entity_is_gone(tables: Tables) -> None:
    await tables.write(an_entity(a=1))

    await tables.delete(key_of(an_entity()))

    assert await tables.read(key_of(an_entity())) is None


async def test_a_table_is_one_whatever_the_case_of_its_name_and_a_key_is_not(tables: Tables) -> None:
    await tables.write(an_entity("row", a=1))

    upper = EntityKey(table="INVOICES", partition_key="tenant 'a' 100%", row_key="row")

    assert await tables.read(upper) is not None
    assert await tables.read(upper.model_copy(update={"row_key": "ROW"})) is None


async def test_many_writers_do_each_other_no_harm(tables: Tables) -> None:
    await asyncio.gather(*(tables.write(an_entity(f"row {n}", number=n)) for n in range(20)))

    found = await asyncio.gather(*(tables.read(key_of(an_entity(f"row {n}"))) for n in range(20)))

    assert [entity and entity.properties["number"] for entity in found] == list(range(20))


async def test_azure_is_asked_with_the_token_of_the_identity_and_types_are_told(azure: AtAzure) -> None:
    await azure.tables.write(an_entity(**PROPERTIES))

    (stored,) = azure.served.entities.values()
    assert azure.account.tokens == {"a-token"}
    assert [line.split("?")[0].split("(")[0] for line in azure.account.seen] == [
        "PUT /account/Invoices",
        "POST /account/Tables",
        "PUT /account/Invoices",
    ]
    assert (stored["pages@odata.type"], stored["pages"]) == ("Edm.Int64", "7")
    assert stored["due@odata.type"] == "Edm.DateTime"
    assert stored["lines"] == '[{"sku":"a","count":2},null,[1.5,"x"]]'
    assert stored["json_properties"] == "address,lines"


@pytest.mark.parametrize(
    "refusal", [Refusal(500, "InternalError"), Refusal(503, "ServerBusy"), Refusal(409, "TableBeingDeleted")]
)
async def test_a_table_service_that_is_unwell_may_be_asked_again(azure: AtAzure, refusal: Refusal) -> None:
    for asked in (
        azure.tables.write(an_entity()),
        azure.tables.read(key_of(an_entity())),
        azure.tables.delete(key_of(an_entity())),
    ):
        azure.account.refuse(refusal)
        with pytest.raises(TransientError, match=f"table 'Invoices' answered {refusal.status}: No: {refusal.code}"):
            await asked
    assert len(azure.account.seen) == 3


async def test_a_throttled_request_waits_as_long_as_the_service_says(azure: AtAzure) -> None:
    azure.account.refuse(Refusal(429, "TooManyRequests", retry_after=7))

    with pytest.raises(RetryAfter) as raised:
        await azure.tables.write(an_entity())

    assert raised.value.delay == timedelta(seconds=7)


async def test_no_answer_is_asked_again_twice_and_then_told(azure: AtAzure) -> None:
    azure.account.refuse(*[Silence()] * 9)

    with pytest.raises(TransientError, match="table 'Invoices' did not answer"):
        await azure.tables.write(an_entity())

    assert 3 <= len(azure.account.seen) <= 6  # The HTTP client asks again by itself, once each time.


@pytest.mark.parametrize("refusal", [Refusal(400, "InvalidInput"), Refusal(403, "AuthorizationPermissionMismatch")])
async def test_what_the_table_service_refuses_fails_for_good_with_its_code(azure: AtAzure, refusal: Refusal) -> None:
    azure.account.refuse(refusal)

    with pytest.raises(NonRetryable, match=f"it refused.*{refusal.status}.*{refusal.code}"):
        await azure.tables.write(an_entity())


async def test_a_table_that_somebody_makes_meanwhile_is_no_error(azure: AtAzure) -> None:
    azure.served.tables.add("invoices")
    azure.account.refuse(Refusal(404, "TableNotFound"))

    await azure.tables.write(an_entity(a=1))

    assert await azure.tables.read(key_of(an_entity())) == an_entity(a=1)


async def test_an_entity_of_somebody_else_with_other_types_is_told(azure: AtAzure) -> None:
    await azure.tables.write(an_entity(a=1))
    (stored,) = azure.served.entities.values()
    stored.update({"id@odata.type": "Edm.Guid", "id": "c9da6455-213d-42c9-9a79-3e9149a57833"})

    with pytest.raises(NonRetryable, match="one that somebody else has written"):
        await azure.tables.read(key_of(an_entity()))


async def test_a_locked_file_may_be_asked_again_and_a_file_of_something_else_fails_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage_worker.providers.embedded_tables.BUSY_SECONDS", 0)
    path, threads = tmp_path / "tables.sqlite", Threads(1)
    tables = EmbeddedTables(path, threads)
    await tables.write(an_entity(a=1))

    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="locked"):
        await tables.write(an_entity(a=2))
    holder.close()
    assert await tables.read(key_of(an_entity())) == an_entity(a=1)

    (tmp_path / "other.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(NonRetryable, match=r"other\.sqlite"):
        await EmbeddedTables(tmp_path / "other.sqlite", threads).read(key_of(an_entity()))
    threads.close()


async def test_a_table_that_was_written_is_there_for_the_next_process(tmp_path: Path) -> None:
    threads = Threads(1)
    await EmbeddedTables(tmp_path / "tables.sqlite", threads).write(an_entity(a=1))

    assert await EmbeddedTables(tmp_path / "tables.sqlite", threads).read(key_of(an_entity())) == an_entity(a=1)
    threads.close()


def test_points_in_time_come_out_in_utc() -> None:
    entity = an_entity(due=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))))

    written = entity.model_dump(mode="json")["properties"]

    assert written == {"due": {"$datetime": "2025-12-31T22:00:00+00:00"}}
    assert an_entity(**written).properties == {"due": datetime(2025, 12, 31, 22, tzinfo=UTC)}
