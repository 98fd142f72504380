import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from emulators.tenant.endpoint import TenantEndpoint
from emulators.tenant.tenant import TENANT_ID
from emulators.testing import tenant_endpoint

FINDS_A_KEY = f"""
import asyncio, sys
from durable.http.signing_keys import SigningKeys
from durable.http.tenant import Tenant

print(asyncio.run(SigningKeys(Tenant("{TENANT_ID}", ("api://durable",), sys.argv[1])).find("key-1")).key_size)
"""
FORM = {"grant_type": "client_credentials", "client_id": "publish,read", "scope": "api://durable/.default"}


async def ask_for_token(url: str, form: dict[str, str], **more: Any) -> tuple[int, dict[str, Any]]:
    where = f"{url}/{TENANT_ID}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session, session.post(where, data=form, **more) as answer:
        return answer.status, await answer.json()


@asynccontextmanager
async def command(*options: str) -> AsyncIterator[str]:
    """What the command says on standard output once it listens."""
    argv = ("-m", "emulators.tenant", "--port", "0", *options)
    process = await asyncio.create_subprocess_exec(sys.executable, *argv, stdout=-1, stderr=-1)
    try:
        assert process.stdout is not None
        yield (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_caller_gets_a_token_with_the_roles_that_it_names() -> None:
    async with tenant_endpoint() as endpoint:
        status, given = await ask_for_token(endpoint.authority, FORM)

    claims = jwt.decode(
        given["access_token"], endpoint.tenant.keys[0].private.public_key(), ["RS256"], audience="api://durable"
    )
    assert status == 200
    assert (claims["roles"], claims["oid"], claims["iss"]) == (
        ["publish", "read"],
        "publish,read",
        f"{endpoint.authority}/{TENANT_ID}/v2.0",
    )


@pytest.mark.parametrize("changes", [{"grant_type": "password"}, {"client_id": ""}, {"scope": "api://durable"}])
async def test_another_form_is_refused(changes: dict[str, str]) -> None:
    async with tenant_endpoint() as endpoint:
        status, said = await ask_for_token(endpoint.authority, FORM | changes)

    assert (status, said["error"]) == (400, "invalid_request")


async def test_older_keys_are_published_until_they_are_withdrawn() -> None:
    async with TenantEndpoint() as endpoint:
        endpoint.tenant.rotate()

        assert [key["kid"] for key in endpoint.tenant.key_set()["keys"]] == ["key-1", "key-2"]
        assert jwt.get_unverified_header(endpoint.tenant.token("a"))["kid"] == "key-2"


async def test_the_command_says_where_it_is() -> None:
    async with command() as authority:
        status, given = await ask_for_token(authority, FORM)

        assert status == 200
        assert jwt.decode(given["access_token"], options={"verify_signature": False})["iss"].startswith(authority)


async def test_the_command_speaks_tls_to_services_that_trust_its_certificates(tmp_path: Path) -> None:
    async with command("--certificates", str(tmp_path)) as authority:
        environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(tmp_path / "authority.pem")}
        service = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FINDS_A_KEY, authority, env=environment, stdout=-1, stderr=-1
        )
        said, complaint = await asyncio.wait_for(service.communicate(), 30)

        assert authority.startswith("https://127.0.0.1:")
        assert said == b"2048\n", complaint.decode()
