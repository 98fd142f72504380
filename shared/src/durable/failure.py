"""What went wrong, as data: the form in which an exception crosses a process boundary.

1. A failure is never a pickled exception: no reader needs the writer's code.
2. Its texts are bounded, so that a failure always fits into a message and a history.
3. What is known to be secret is not in them.
4. A type `durable.…` means that caller, worker and broker do not agree; any other is what a handler or a saga raised.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from durable.concealing import CONCEALED

MESSAGE_BYTES_MAX = 4 * 1024
STACK_BYTES_MAX = 16 * 1024

UNKNOWN_ACTIVITY = "durable.UnknownActivity"
UNKNOWN_DESTINATION = "durable.UnknownDestination"
INVALID_INPUT = "durable.InvalidInput"
RESULT_MISMATCH = "durable.ResultMismatch"
MESSAGE_TOO_LARGE = "durable.MessageTooLarge"
SEND_REFUSED = "durable.RefusedError"
PAYLOAD_TOO_LARGE = "durable.PayloadTooLarge"
PAYLOAD_UNREADABLE = "durable.PayloadUnreadable"
ACTIVITY_TIMEOUT = "durable.ActivityTimeout"
OUTCOME_UNKNOWN = "durable.OutcomeUnknown"
CANCELLED = "durable.Cancelled"
COMMAND_DEAD_LETTERED = "durable.CommandDeadLettered"
CHILD_FAILED = "durable.ChildSagaError"
CHILD_EXISTS = "durable.AlreadyExists"
DEADLINE_EXCEEDED = "durable.DeadlineExceeded"


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception as data.

    Attributes:
        type: qualified name of the exception class, `module.Class`.
        bases: qualified names of its base classes, nearest first, up to but without `Exception`.
        message: its text, at most 4 KB.
        details: JSON data that the raiser gave, if any.
        retryable: whether another attempt may help.
        cause: the failure that led to this one, outermost first.
        stack: the traceback as text, at most 16 KB, its end kept.
        retry_after: seconds that the raiser asks to wait before another attempt.
    """

    type: str
    message: str
    bases: tuple[str, ...] = ()
    details: object = None
    retryable: bool = True
    cause: Failure | None = None
    stack: str = ""
    retry_after: float | None = None

    def matches(self, name: str) -> bool:
        """Tell whether this failure is of the named class or a subclass of it.

        `name` may be qualified (`payments.errors.CardDeclined`) or bare (`CardDeclined`). Everything is an `Exception`.
        """
        name = name.removeprefix("builtins.")
        if name == "Exception":
            return True
        return any(known == name or known.rpartition(".")[2] == name for known in (self.type, *self.bases))


def qualified_name(cls: type) -> str:
    """Give `module.Class`, and the bare name for built-in classes."""
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def text_of(error: BaseException) -> str:
    """Give the text of an exception, whatever its class makes of that."""
    try:
        return str(error)
    except Exception as fault:  # Its `__str__` is its author's code and may raise anything.
        return f"(its text can't be told: its __str__ raised {qualified_name(type(fault))})"


def failure_of(error: BaseException, *, retryable: bool = True, depth: int = 5) -> Failure:
    """Turn an exception into data, with its causes to the given depth."""
    bases = tuple(qualified_name(cls) for cls in type(error).__mro__[1:] if cls not in _UNTOLD)
    cause = cause_of(error)
    return Failure(
        type=qualified_name(type(error)),
        message=_head(text_of(error), MESSAGE_BYTES_MAX),
        bases=bases,
        retryable=retryable,
        cause=failure_of(cause, depth=depth - 1) if cause is not None and depth > 0 else None,
        stack=_tail("".join(traceback.format_exception(error, chain=False)), STACK_BYTES_MAX),
    )


def cause_of(error: BaseException) -> BaseException | None:
    """Give the exception that led to another, as a traceback tells it."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def disagreement(type: str, message: str, details: object = None) -> Failure:
    """Tell what no further attempt can help, under one of the types above."""
    return Failure(type, _head(message, MESSAGE_BYTES_MAX), details=details, retryable=False)


def stated(type: str, message: str, details: object = None, *, retryable: bool = True) -> Failure:
    """Tell what somebody says has failed, who need not have an exception of it."""
    return Failure(type, _head(message, MESSAGE_BYTES_MAX), details=details, retryable=retryable)


_UNTOLD = frozenset({Exception, BaseException, object})


def _head(text: str, limit: int) -> str:
    encoded = CONCEALED.text(text).encode("utf-8", "replace")
    return encoded.decode() if len(encoded) <= limit else encoded[: limit - 3].decode("utf-8", "ignore") + "…"


def _tail(text: str, limit: int) -> str:
    encoded = CONCEALED.text(text).encode("utf-8", "replace")
    return (
        encoded.decode()
        if len(encoded) <= limit
        else "…" + encoded[len(encoded) - limit + 3 :].decode("utf-8", "ignore")
    )
