"""The worker host: takes the commands of one worker, runs its handlers and answers each with a completion event.

Read `registration` (what authors write), `attempt` (what becomes of one command), `host` (the loop around it).
"""

from durable.worker.activity_context import ActivityContext
from durable.worker.base_activities import BaseActivities
from durable.worker.host import WorkerHost
from durable.worker.methods import handles
from durable.worker.options import HostOptions
from durable.worker.outputs import Outputs
from durable.worker.registration import Worker
from durable.worker.settings import WorkerSettings, worker_settings
from durable.worker.signals import Signal

__all__ = [
    "ActivityContext",
    "BaseActivities",
    "HostOptions",
    "Outputs",
    "Signal",
    "Worker",
    "WorkerHost",
    "WorkerSettings",
    "handles",
    "worker_settings",
]
