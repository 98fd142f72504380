"""The engine: what a saga does next, as a pure function of its history, what came, and the time.

No I/O, no clock, no chance, no event loop, no logging: a host gives an `Instance` what came for it (`turn`), commits
the events of the `Turn`, and sends what its outbox names. Read in this order: `turn` (what comes out), `lifecycle` and
`ledger` (what a history says), `journal` (writing and matching), `scheduler` and `handles` (driving coroutines),
`facts` (what each event does), `context` (what authors call).
"""

from orchestrator.engine.attempts import is_waited_for
from orchestrator.engine.instance import Instance
from orchestrator.engine.judging import Verdict
from orchestrator.engine.registry import Registry
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.turn import Turn
from orchestrator.engine.unreadable import Unreadable
from orchestrator.engine.waiting import waiting_by_history

__all__ = [
    "Identity",
    "Instance",
    "Registry",
    "Setup",
    "Turn",
    "Unreadable",
    "Verdict",
    "is_waited_for",
    "waiting_by_history",
]
