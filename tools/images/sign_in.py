"""A token for the services that want one: of the tenant that runs beside them."""

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode

from images.container import Container

TENANT = "tenant"
ROLES = "publish,read,operate"
AUTHORITY = "authority.pem"
TIMEOUT_SECONDS = 10


async def sign_in(containers: Mapping[str, Container]) -> str:
    """Ask the tenant for a token with all roles.

    Raises:
        OSError: it does not answer.
    """
    return await asyncio.to_thread(_ask, containers[TENANT], containers["ingestor"].service.environment)


def _ask(tenant: Container, settings: Mapping[str, str]) -> str:
    (certificates,) = tenant.service.volumes.values()
    trust = ssl.create_default_context(cafile=str(tenant.folder / certificates / AUTHORITY))
    trust.check_hostname = False  # It is asked by its address, and its certificate is for its name.
    scope = f"{settings['AUTH_AUDIENCE']}/.default"
    form = urlencode({"grant_type": "client_credentials", "client_id": ROLES, "scope": scope}).encode()
    url = f"https://{tenant.address}:8080/{settings['AUTH_TENANT_ID']}/oauth2/v2.0/token"
    with urllib.request.urlopen(url, form, TIMEOUT_SECONDS, context=trust) as answer:
        return str(json.load(answer)["access_token"])
