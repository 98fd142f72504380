from pathlib import Path

import pytest

from tests.support.planted import Planted, planted_in


@pytest.fixture
def project(tmp_path: Path) -> Planted:
    return planted_in(tmp_path)
