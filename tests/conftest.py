from collections.abc import Iterator

import pytest

from durable.concealing import CONCEALED


@pytest.fixture(autouse=True)
def secrets_are_of_one_test() -> Iterator[None]:
    """Forget the values that a test made secret: they hold for the process, and another test may use the words."""
    yield
    CONCEALED._values.clear()
    CONCEALED._forms = ()
