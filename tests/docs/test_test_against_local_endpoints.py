import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CODE = HERE / "local_endpoints"
PAGE = (HERE.parents[1] / "docs" / "how-to" / "test-against-local-endpoints.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {
    "fixtures.py": "conftest.py",
    "with_fixtures.py": "test_with_fixtures.py",
    "in_the_loop.py": "test_in_the_loop.py",
    "without_sockets.py": "test_without_sockets.py",
    "tokens.py": "test_tokens.py",
}
SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
USE = """
def test_the_endpoint_of_the_session_lives_on(one_bus):
    assert set(one_bus.counts()) == {"jobs"}
"""


@pytest.mark.parametrize("name", [*FILES, "for_the_session.py"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    assert (CODE / name).read_text() in BLOCK.findall(PAGE)


def test_a_project_of_its_own_uses_them_after_installing_the_package(tmp_path: Path) -> None:
    for name, there in FILES.items():
        shutil.copy(CODE / name, tmp_path / there)
    (tmp_path / "test_for_the_session.py").write_text((CODE / "for_the_session.py").read_text() + USE)
    (tmp_path / "pytest.ini").write_text(SETTINGS)

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "5 passed" in run.stdout, run.stdout + run.stderr
