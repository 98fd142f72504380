import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
RECIPE = re.search(r"^dist:.*?\n\t@\$\(BIN\)/(?P<build>uv build.*?) && ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def members() -> set[str]:
    folders = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    projects = [project for folder in folders for project in ROOT.glob(f"{folder}/pyproject.toml")]
    return {tomllib.loads(project.read_text())["project"]["name"] for project in projects}


def test_make_dist_builds_a_wheel_of_each_package_without_a_network(tmp_path: Path) -> None:
    assert RECIPE is not None
    options = RECIPE["build"].replace("--out-dir dist", f"--out-dir {tmp_path}").split()

    subprocess.run([Path(sys.executable).parent / options[0], *options[1:], "--offline"], cwd=ROOT, check=True)

    assert {wheel.name.split("-")[0].replace("_", "-") for wheel in tmp_path.glob("*.whl")} == members()
