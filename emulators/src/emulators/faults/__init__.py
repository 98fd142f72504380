"""Faults on demand, for both endpoints: what a fault is, when it hits, how it is read and listed.

| module | question it answers |
|---|---|
| `fault.py` | what do all faults have in common? |
| `clock_offset.py` | what does a clock do that goes wrong? |
| `schedule.py` | which occasions does a fault hit? |
| `reading.py` | how does a fault look as JSON? |
| `register.py` | which faults are set, and which one hits now? |
| `requests.py` | what do GET, POST and DELETE of `/faults` answer? |

What each kind does stands with its endpoint, in `emulators.servicebus.faults` and `emulators.cosmos.faults`.
"""

from emulators.faults.clock_offset import ClockOffset
from emulators.faults.fault import Fault, FaultError, Recurring, When
from emulators.faults.register import Faults, Listed

__all__ = ["ClockOffset", "Fault", "FaultError", "Faults", "Listed", "Recurring", "When"]
