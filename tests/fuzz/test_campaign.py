import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.stage import staged
from tests.support.hurried_sdk import hurry_sdk

ATTACKS = 120


@pytest.mark.parametrize("seed", [1, 2])
async def test_attacks_by_chance_harm_no_other_client(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry_sdk(monkeypatch)
    async with staged() as stage:
        campaign = Campaign(stage, seed)
        await campaign.run(iter(range(ATTACKS)))

    assert {count for kind, count in campaign.done.items() if kind != "http"} == {ATTACKS}
    assert campaign.done["http"] > 0
