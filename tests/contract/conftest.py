import pytest

pytest.register_assert_rewrite(
    "tests.contract.broker_contract",
    "tests.contract.servicebus_hazards",
    "tests.contract.sessions_contract",
    "tests.contract.settling_contract",
    "tests.contract.store_contract",
    "tests.contract.heads_contract",
    "tests.contract.objects_contract",
)
