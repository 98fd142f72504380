"""What comes before the first session: preambles, SASL, `open`, in this order and each of them once.

Clients of the vendor come anonymously and put tokens afterwards; others tell the name of the key and the key at once,
by SASL PLAIN, and need no tokens. A peer that breaks the order, or another rule of the protocol, is told the condition
of `ProtocolBreach`, and cut.
"""

from enum import IntEnum

from emulators.servicebus.amqp import frames
from emulators.servicebus.amqp.performatives import Open, Performative, SaslInit

ANONYMOUS, PLAIN = "ANONYMOUS", "PLAIN"
ILLEGAL_STATE = "amqp:illegal-state"
FRAMING_ERROR = "amqp:connection:framing-error"
_AMQP, _SASL = 0, 1


class ProtocolBreach(Exception):
    """The peer broke a rule of the protocol; `condition` names it on the wire."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(text)
        self.condition = condition


class Stage(IntEnum):
    """What is awaited next."""

    SASL_PREAMBLE = 0
    SASL_INIT = 1
    PREAMBLE = 2
    OPEN = 3
    FRAMES = 4


_PREAMBLES = {Stage.SASL_PREAMBLE: frames.SASL_PREAMBLE, Stage.PREAMBLE: frames.AMQP_PREAMBLE}


class Handshake:
    """How far a connection has come."""

    __slots__ = ("stage",)

    def __init__(self) -> None:
        self.stage = Stage.SASL_PREAMBLE

    @property
    def preamble(self) -> bytes:
        """The preamble to answer with: the one that is awaited, or the last one."""
        return _PREAMBLES.get(self.stage, frames.AMQP_PREAMBLE)

    @property
    def may_close(self) -> bool:
        """Whether the peer understands `close` by now."""
        return self.stage >= Stage.OPEN

    def on_preamble(self, given: bytes) -> bool:
        """Whether this is the preamble that was awaited; anything but a preamble would be a breach."""
        if self.stage not in _PREAMBLES:
            raise ProtocolBreach(ILLEGAL_STATE, f"A preamble came when {self.stage.name} was awaited.")
        if given != _PREAMBLES[self.stage]:
            return False
        self.stage = Stage(self.stage + 1)
        return True

    def on_frame(self, kind: int, channel: int, performative: Performative) -> None:
        """Check that a frame comes in its turn; raises `ProtocolBreach`."""
        name = type(performative).__name__
        if isinstance(performative, SaslInit):
            awaited, right = Stage.SASL_INIT, kind == _SASL
        elif isinstance(performative, Open):
            awaited, right = Stage.OPEN, kind == _AMQP and channel == 0
        else:
            awaited, right = Stage.FRAMES, kind == _AMQP
        if self.stage is not awaited or not right:
            where = f"in a frame of type {kind} on channel {channel}"
            raise ProtocolBreach(ILLEGAL_STATE, f"{name} came {where} when {self.stage.name} was awaited.")
        if awaited is not Stage.FRAMES:
            self.stage = Stage(awaited + 1)
