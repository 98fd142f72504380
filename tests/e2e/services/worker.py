"""Runs the worker of these tests as a service: `python -m tests.e2e.services.worker`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from durable.worker.run import main
from tests.e2e.services.effects import Effects
from tests.e2e.services.handlers import a_worker

if __name__ == "__main__":
    worker = a_worker(os.environ["WORKER"], Effects(Path(os.environ["EFFECTS_FILE"])))
    sys.exit(main(worker, "contracts"))
