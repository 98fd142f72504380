"""What the outside answers: unwell for now, or refused for good."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from durable.errors.root import DurableError


class TransientError(DurableError):
    """The outside is unwell: the caller tries again."""


class BrokerUnavailable(TransientError):
    """The broker did not confirm: what was asked may or may not have happened."""


class LockLost(TransientError):
    """A message or session belongs to somebody else by now; what was asked did not happen."""


class SessionTaken(TransientError):
    """Another receiver holds the session."""


class WriteUncertain(TransientError):
    """A write may or may not have happened: repeat the identical one until it says."""


class ProcessDied(TransientError):
    """A process that ran a handler ended before the handler did; says with which exit code.

    Attributes:
        exit_code: as `multiprocessing` has it, negative for a signal; `None` if it is not known.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class SecretsUnavailable(TransientError):
    """Where secrets lie did not give an answer; `why` is in words of our own, never in those of a vendor."""

    def __init__(self, vault: str, why: str) -> None:
        super().__init__(f"expected {vault} to answer; found {why}")


class RefusedError(DurableError):
    """Definite and final: nothing happened, and trying again won't help."""


class UnknownDestination(RefusedError):
    """The broker has no such queue or topic."""


class MessageTooLarge(RefusedError):
    """A message is larger than the broker takes."""


class PayloadTooLarge(RefusedError):
    """An input, a result or an event is larger than a payload may be."""


class Refusal(Enum):
    """Why a store refused an operation."""

    EXISTS = "the id exists"
    MISSING = "there is no such record"
    CHANGED = "the record has changed since it was read"
    TOO_LARGE = "too large for the store"
    INVALID = "the store does not accept it"


class WriteRefused(RefusedError):
    """The store refused one operation, and so the whole batch: nothing of it was written.

    Attributes:
        index: position of the refused operation in the batch.
        refusal: why.
    """

    def __init__(self, index: int, refusal: Refusal, detail: str = "") -> None:
        self.index = index
        self.refusal = refusal
        super().__init__(f"operation {index} was refused: {refusal.value}{': ' if detail else ''}{detail}")


class ObjectNotFound(RefusedError):
    """The object store has no object of this name."""


class SecretNotFound(RefusedError):
    """There is no secret of this name, or no such version of it; the message names both."""

    def __init__(self, name: str, version: str | None, vault: str) -> None:
        of_version = "" if version is None else f", version {version!r:.80},"
        super().__init__(
            f"expected a secret {name!r}{of_version} in {vault}; found none: add it there, or mend the name"
        )


class SecretRefused(RefusedError):
    """A secret may be there, but is not for this service; `why` is in words of our own."""

    def __init__(self, name: str, vault: str, why: str) -> None:
        super().__init__(f"expected {vault} to give secret {name!r}; {why}")


class SettingsInvalid(RefusedError):
    """The environment of a service does not describe one; lists every fault at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("these settings are missing or wrong:\n" + "\n".join(f"  {fault}" for fault in faults))


class UndecodableMessage(DurableError):
    """Bytes that are no message of ours; says what was expected and what was found."""


class PayloadUnreadable(UndecodableMessage):
    """A sealed payload can't be opened: its object is gone or another one, or its codec or key is unknown here."""
