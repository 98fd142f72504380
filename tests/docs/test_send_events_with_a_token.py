import asyncio
import os
import shutil
from pathlib import Path

import aiohttp
import pytest

from emulators.testing import tenant_endpoint
from tests.docs.sending import send_events
from tests.support.guarded import AUDIENCE, INGESTOR, guarded

SCRIPT = Path(__file__).parent / "sending" / "send.sh"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
@pytest.mark.parametrize(("roles", "taken"), [(["publish"], True), (["read"], False)])
async def test_the_commands_of_the_page_bring_a_token_if_there_is_one(roles: list[str], taken: bool) -> None:  # noqa: FBT001
    async with tenant_endpoint() as entra, guarded(INGESTOR, entra) as world:
        environment = {**os.environ, "INGESTOR": world.url, "TOKEN": entra.tenant.token(AUDIENCE, roles)}
        script = await asyncio.create_subprocess_exec("sh", "-e", str(SCRIPT), env=environment, stdout=-1, stderr=-1)
        said, _ = await script.communicate()

    assert (script.returncode == 0) is taken
    assert (b'"validationResponse":"512d38b6"' in said) is taken


async def test_the_program_of_the_page_brings_a_token_if_it_is_told_its_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tenant_endpoint() as entra, guarded(INGESTOR, entra) as world:

        async def bearer(scope: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {entra.tenant.token(scope, ['publish'])}"}

        monkeypatch.setattr(send_events, "bearer", bearer)
        with pytest.raises(aiohttp.ClientResponseError, match="401"):
            await send_events.main(world.url)

        await send_events.main(world.url, AUDIENCE)
