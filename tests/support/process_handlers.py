"""Handlers that run in processes, which find them here by name."""

import os
import time
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel

from durable import Activity, NonRetryable, RetryAfter
from durable.adapters.telemetry.calls import headers_of_current
from durable.worker import Worker
from tests.support.worker_world import Text


class Job(BaseModel):
    """What is to be done; `folder` is where its process leaves word."""

    do: str
    folder: str = ""


class Unpicklable(BaseException):
    def __init__(self, first: object, second: object) -> None:
        super().__init__("it can't be pickled")


RAISES: dict[str, BaseException] = {
    "refuse": NonRetryable("no such page", {"page": 9}),
    "later": RetryAfter(timedelta(seconds=9), "busy"),
    "panic": Unpicklable(1, 2),
    "exit": SystemExit(4),
}
COMPUTE = Activity("texts.compute", Job, Text)


def compute(job: Job) -> Text:
    """Do what the test asks for, and say in which process."""
    if job.folder:
        (Path(job.folder) / str(os.getpid())).touch()
    if job.do == "lambda":
        return lambda: None  # type: ignore[return-value]
    if job.do in RAISES:
        raise RAISES[job.do]
    if job.do == "headers":
        return Text(text=headers_of_current()["traceparent"])
    if job.do == "die":
        os._exit(3)
    if job.do == "sleep":
        time.sleep(60)
    return Text(text=str(os.getpid()))


worker = Worker("texts")
worker.handles(COMPUTE, run_in="process")(compute)
