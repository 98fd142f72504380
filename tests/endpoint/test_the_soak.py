import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_soak_of_a_few_seconds_ends_well_and_says_what_was_done() -> None:
    command = (sys.executable, "-m", "benchmarks.soak", "--seconds", "5")
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " s | servicebus" in ended.stdout
    assert "complete in a session" in ended.stdout
    assert "query everywhere" in ended.stdout
    assert ended.stdout.endswith("STEADY: nothing was lost, failed or grew\n")
