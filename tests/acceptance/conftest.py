"""What a user knows: the author API; each rule is met in every mode of the test environment."""

from __future__ import annotations

import pytest

from durable.testing import Mode


@pytest.fixture(params=list(Mode), ids=lambda mode: str(mode.name))
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each mode in turn."""
    found: Mode = request.param
    return found
