from pathlib import Path

import pytest

from durable.errors import SettingsInvalid
from durable.settings import Environment
from storage_worker.settings import StorageSettings, storage_settings

KEY = "a2V5" * 11


def settings(**values: str) -> StorageSettings:
    environment = Environment({"OBJECT_STORE_URL": "file:///data/objects", **values})
    read = storage_settings(environment)
    environment.done()
    return read


def test_by_default_tables_lie_beside_the_local_store() -> None:
    read = settings()

    assert (read.tables_provider, read.tables_file) == ("embedded", Path("/data/tables.sqlite"))
    assert (read.link_base, read.link_key) == ("http://127.0.0.1:8080", None)


def test_with_a_store_at_azure_tables_are_those_of_its_account() -> None:
    read = settings(OBJECT_STORE_URL="az://account/container")

    assert (read.tables_provider, read.tables_url) == ("azure", "https://account.table.core.windows.net")


@pytest.mark.parametrize(
    ("values", "provider", "where"),
    [
        ({"TABLES_URL": "https://a.table.core.windows.net"}, "azure", "https://a.table.core.windows.net"),
        ({"TABLES_URL": "file:///tables/a%20b.sqlite"}, "embedded", "/tables/a b.sqlite"),
        (
            {"OBJECT_STORE_URL": "az://a/c", "TABLES_URL": "file:///t.sqlite"},
            "embedded",
            "/t.sqlite",
        ),
    ],
)
def test_an_address_of_tables_says_who_keeps_them(values: dict[str, str], provider: str, where: str) -> None:
    read = settings(**values)

    assert read.tables_provider == provider
    assert where in {read.tables_url, str(read.tables_file)}


def test_stores_by_name_are_known() -> None:
    read = settings(OBJECT_STORES="archive=az://account/archive")

    assert read.stores == {"main": "file:///data/objects", "archive": "az://account/archive"}


def test_where_links_lead_and_what_signs_them_can_be_told() -> None:
    read = settings(SIGNED_URL_BASE="https://files.example.org", SIGNED_URL_KEY=KEY)

    assert (read.link_base, len(read.link_key or b"")) == ("https://files.example.org", 33)
    assert "link_key" not in repr(read)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"TABLES_PROVIDER": "paper"}, "TABLES_PROVIDER: expected one of azure, embedded; found 'paper'"),
        (
            {"TABLES_PROVIDER": "azure"},
            "TABLES_URL: expected https://account.table.core.windows.net, without a signature or a key; found none",
        ),
        ({"TABLES_PROVIDER": "azure", "TABLES_URL": "file:///a"}, "TABLES_URL: expected https://account.table"),
        (
            {"TABLES_PROVIDER": "embedded", "OBJECT_STORE_URL": "az://a/c"},
            "TABLES_URL: expected file:///path, or a local OBJECT_STORE_URL to lie beside",
        ),
        ({"SIGNED_URL_KEY": "c2hvcnQ="}, "SIGNED_URL_KEY: expected at least 32 bytes in base64; found something else"),
        (
            {"SIGNED_URL_KEY": "no base64!"},
            "SIGNED_URL_KEY: expected at least 32 bytes in base64; found something else",
        ),
    ],
)
def test_a_wrong_setting_is_told_and_a_key_is_not(values: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        settings(**values)

    assert told in str(raised.value)
    assert values.get("SIGNED_URL_KEY", "(none)") not in str(raised.value)
