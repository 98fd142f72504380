from collections.abc import AsyncIterator

import pytest

from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from tests.support.guarded import AUDIENCE, INGESTOR, guarded

VALIDATION = [
    {"id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "42"}}
]
GRID = {"aeg-event-type": "SubscriptionValidation"}


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


async def test_the_handshake_of_cloudevents_needs_no_token(entra: TenantEndpoint) -> None:
    async with guarded(INGESTOR, entra) as world:
        headers = {"WebHook-Request-Origin": "eventgrid.azure.net"}
        async with world.session.options("/events", headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"


@pytest.mark.parametrize(("roles", "status"), [([], 403), (["AzureEventGridSecureWebhookSubscriber", "publish"], 200)])
async def test_the_handshake_of_event_grid_needs_the_token_of_its_deliveries(
    roles: list[str], status: int, entra: TenantEndpoint
) -> None:
    async with guarded(INGESTOR, entra) as world:
        bearer = {"Authorization": f"Bearer {entra.tenant.token(AUDIENCE, roles)}"}
        async with world.session.post("/events", json=VALIDATION, headers=GRID | bearer) as answer:
            assert answer.status == status
            assert ("42" in await answer.text()) is (status == 200)
