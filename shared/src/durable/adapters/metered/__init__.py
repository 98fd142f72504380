"""A broker and a record store that count and time what is asked of them, in front of whichever adapter does it.

1. What they count is the same for every adapter and every service.
2. They change nothing: what they are asked for, they ask for, and what they get, they give.
"""

from durable.adapters.metered.broker import MeteredBroker
from durable.adapters.metered.store import MeteredStore

__all__ = ["MeteredBroker", "MeteredStore"]
