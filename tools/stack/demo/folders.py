"""The folders of runs: one for each, whose data the next run removes and whose logs are kept for a while."""

import shutil
from datetime import datetime
from pathlib import Path

from stack.local import data_folder
from stack.record import is_running

PREFIX = "run-"
RUNS_KEPT = 5


def fresh_folder(local: Path) -> Path:
    """Make a folder for a run, after clearing away what earlier runs left; a run that is under way is left alone."""
    ended = [folder for folder in sorted(local.glob(f"{PREFIX}*")) if not is_running(folder)]
    for folder in ended:
        shutil.rmtree(data_folder(folder), ignore_errors=True)
    for folder in ended[: -RUNS_KEPT or None]:
        shutil.rmtree(folder, ignore_errors=True)
    started = datetime.now().astimezone()
    folder = local / f"{PREFIX}{started:%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True)
    return folder
