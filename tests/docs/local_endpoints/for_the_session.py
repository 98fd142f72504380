from collections.abc import Iterator

import pytest

from emulators.testing import ServiceBusInThread, queue, servicebus_in_thread


@pytest.fixture(scope="session")
def one_bus() -> Iterator[ServiceBusInThread]:
    with servicebus_in_thread(queue("jobs", requires_session=True)) as endpoint:
        yield endpoint
