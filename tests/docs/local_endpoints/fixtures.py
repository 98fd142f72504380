from typing import Any

import pytest

from emulators.testing import container, queue, subscription, topic


@pytest.fixture
def servicebus_topology() -> list[Any]:
    return [queue("orders"), topic("news", subscription("daily", where="kind = 'daily'"))]


@pytest.fixture
def cosmos_topology() -> list[Any]:
    return [container("shop/orders", "/customer", default_ttl=-1)]
