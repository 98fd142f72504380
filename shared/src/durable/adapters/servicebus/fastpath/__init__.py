"""The one place that touches private parts of the SDK; see `wire` for why and for the rules.

`supported` is asked before; where it says no, or `Unsupported` comes from opening, callers use the public surface,
which the contract suite runs as well.
"""

from durable.adapters.servicebus.fastpath.channel import open_fast
from durable.adapters.servicebus.fastpath.outlet import FastOutlet
from durable.adapters.servicebus.fastpath.wire import Unsupported, supported

__all__ = ["FastOutlet", "Unsupported", "open_fast", "supported"]
