"""What the code of an author meets or says: mistakes of sagas and handlers, and what a handler raises on purpose."""

from __future__ import annotations

from datetime import timedelta

from durable.errors.root import AuthorError, DurableError


class NotDurable(AuthorError):
    """A saga awaited something that is not durable; the message names it and the remedy."""


class InvalidName(AuthorError, ValueError):
    """A name breaks the rules of its kind; the message says the rule and what was found."""


class InvalidToken(AuthorError, ValueError):
    """A text is no completion token; the message says what was found."""


class DeterminismMismatch(AuthorError):
    """The code of a saga decided something else than its history says.

    Attributes:
        expected: the decision that stands in the history, or that none stands there.
        found: the decision that the code took, or that it took none.
        instance_id: whose history it is.
        task_id: the task of the decision, if it has one.
        location: `file:line` of the saga where the code decided, if known.
    """

    def __init__(self, expected: str, found: str, instance_id: str, task_id: int | None, location: str | None) -> None:
        self.expected = expected
        self.found = found
        self.instance_id = instance_id
        self.task_id = task_id
        self.location = location
        where = f" at {location}" if location else ""
        task = f", task {task_id}" if task_id is not None else ""
        super().__init__(
            f"the code of instance {instance_id!r} no longer fits its history{task}: "
            f"the history has {expected}; the code gave {found}{where}"
        )


class HandlerError(DurableError):
    """What a handler raises to say how its failure is to be treated."""


class NonRetryable(HandlerError):
    """The activity failed and no further attempt can help."""

    def __init__(self, message: str, details: object = None) -> None:
        self.details = details
        super().__init__(message)


class RetryAfter(HandlerError):
    """The activity failed; its next attempt, if the policy allows one, comes after this delay."""

    def __init__(self, delay: timedelta, message: str = "") -> None:
        self.delay = delay
        super().__init__(message or f"try again after {delay}")
