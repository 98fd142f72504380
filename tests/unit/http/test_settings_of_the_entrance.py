import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from durable.errors import SettingsInvalid
from durable.http.entrance import EntranceSettings
from durable.http.tenant import AUTHORITY, Tenant
from ingestor.settings import read_settings as ingestor_settings
from orchestrator.settings import read_settings as orchestrator_settings

LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"
ENVIRONMENT = {
    "SERVICEBUS_CONNECTION_STRING": LOCAL,
    "COSMOS_ENDPOINT": "http://127.0.0.1:1",
    "COSMOS_KEY": "a2V5",
    "OBJECT_STORE_URL": "file:///nowhere",
}
ID = "0a1b2c3d-0000-4000-8000-00000000ffff"
AUTH = {"AUTH_TENANT_ID": ID, "AUTH_AUDIENCE": "api://durable"}
READERS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "ingestor": ingestor_settings,
    "orchestrator": orchestrator_settings,
}


@pytest.fixture(params=READERS)
def read(request: pytest.FixtureRequest) -> Callable[..., EntranceSettings]:
    def entrance(**changes: str) -> EntranceSettings:
        settings: EntranceSettings = READERS[request.param]({**ENVIRONMENT, **changes}).entrance
        return settings

    return entrance


def faults_of(read: Callable[..., EntranceSettings], **changes: str) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as caught:
        read(**changes)
    return dict(fault.split(": ", 1) for fault in caught.value.faults)


def test_without_a_tenant_no_token_is_needed(read: Callable[..., EntranceSettings]) -> None:
    assert read() == EntranceSettings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_that_is_so_on_loopback_addresses(read: Callable[..., EntranceSettings], host: str) -> None:
    assert read(HOST=host).tenant is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.4", "orchestrator", "127.0.0.1.example"])
def test_where_others_reach_it_a_service_needs_a_tenant(read: Callable[..., EntranceSettings], host: str) -> None:
    faults = faults_of(read, HOST=host)

    assert faults.keys() == {"AUTH_TENANT_ID"}
    assert f"as others reach HOST {host}" in faults["AUTH_TENANT_ID"]


def test_a_tenant_is_read_with_what_it_knows_the_service_by(read: Callable[..., EntranceSettings]) -> None:
    tenant = read(HOST="0.0.0.0", AUTH_TENANT_ID=ID.upper(), AUTH_AUDIENCE=f"api://durable {ID}").tenant

    assert tenant == Tenant(ID, ("api://durable", ID), AUTHORITY)
    assert tenant.issuers == (
        f"https://login.microsoftonline.com/{ID}/v2.0",
        f"https://sts.windows.net/{ID}/",
    )


@pytest.mark.parametrize("authority", ["https://login.microsoftonline.us/", "http://127.0.0.1:5", "http://localhost"])
def test_another_authority_is_taken_if_it_is_safe(read: Callable[..., EntranceSettings], authority: str) -> None:
    tenant = read(**AUTH, AUTH_AUTHORITY=authority).tenant

    assert tenant is not None
    assert tenant.authority == authority.rstrip("/")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"AUTH_TENANT_ID": ID}, "AUTH_AUDIENCE"),
        ({"AUTH_AUDIENCE": "api://durable"}, "AUTH_TENANT_ID"),
        ({**AUTH, "AUTH_TENANT_ID": "contoso.example"}, "AUTH_TENANT_ID"),
        ({**AUTH, "AUTH_TENANT_ID": "common"}, "AUTH_TENANT_ID"),
        ({**AUTH, "AUTH_AUTHORITY": "http://keys.example"}, "AUTH_AUTHORITY"),
        ({**AUTH, "AUTH_AUTHORITY": "login.microsoftonline.com"}, "AUTH_AUTHORITY"),
        ({"REQUESTS_PER_SECOND_MAX": "0"}, "REQUESTS_PER_SECOND_MAX"),
        ({"REQUESTS_AT_ONCE_MAX": "many"}, "REQUESTS_AT_ONCE_MAX"),
    ],
)
def test_what_is_wrong_is_named(read: Callable[..., EntranceSettings], changes: dict[str, str], named: str) -> None:
    assert faults_of(read, **changes).keys() == {named}


@pytest.mark.parametrize("service", READERS)
async def test_a_process_that_others_reach_does_not_start_without_a_tenant(service: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT, "OBJECT_STORE_URL": tmp_path.as_uri()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", service, env={**environment, "HOST": "0.0.0.0", "PORT": "0"}, stdout=-1, stderr=-1
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 2
    assert b"AUTH_TENANT_ID: expected it and AUTH_AUDIENCE, as others reach HOST 0.0.0.0" in said
    assert b"Traceback" not in said
