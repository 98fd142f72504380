"""What the page says of ports, and how it asks for a token, is so."""

import asyncio
import re
from pathlib import Path

import jwt

from emulators.certificates import certificates_in
from emulators.tenant.endpoint import TenantEndpoint
from images.compose import read_compose
from stack import FreePorts

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/run-in-containers.md").read_text()
COMPOSE = read_compose(ROOT)
AUTHORITY = COMPOSE["ingestor"].environment["AUTH_AUTHORITY"]
TENANT_PORT = next(iter(COMPOSE["tenant"].ports))


def test_the_page_names_the_ports_that_are_published() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE)
    named = {int(port) for row in rows for port in row.split(",")}

    assert named == {port for service in COMPOSE.values() for port in service.ports}


async def test_the_commands_on_the_page_get_a_token_that_the_services_take(tmp_path: Path) -> None:
    commands = re.search(r"^(TENANT=.*?)^curl", PAGE, re.DOTALL | re.MULTILINE)
    assert commands is not None
    tls, ports = certificates_in(tmp_path).server_context(), FreePorts()
    port = ports["tenant"]

    async with TenantEndpoint(port=port, tls=tls, authority=AUTHORITY) as endpoint:
        script = commands[1].replace(f"127.0.0.1:{TENANT_PORT}", f"127.0.0.1:{port}") + 'printf %s "$TOKEN"'
        shell = await asyncio.create_subprocess_exec("bash", "-c", script, stdout=-1, stderr=-1)
        token, complaint = await asyncio.wait_for(shell.communicate(), 30)
        key = endpoint.tenant.keys[0].private.public_key()
    ports.release()

    told = COMPOSE["ingestor"].environment
    assert complaint == b""
    claims = jwt.decode(token.decode(), key, ["RS256"], audience=told["AUTH_AUDIENCE"])
    assert claims["iss"] == f"{AUTHORITY}/{told['AUTH_TENANT_ID']}/v2.0"
    assert claims["roles"] == ["publish", "read", "operate"]
