"""Every exception of DurableOrchestrator, split by who must act.

DurableError
├── AuthorError               the code of a saga or a handler is wrong: its author acts
│   ├── NotDurable            a saga awaited something that leaves no trace in its history
│   ├── DeterminismMismatch   the code of a saga no longer fits its history
│   ├── InvalidName           an instance id, saga, activity or object name is not legal
│   └── InvalidToken          a text is no completion token
├── SagaError                 what a saga sees at an await; it may catch it and go on
│   ├── ActivityError         an activity failed for good
│   │   ├── ActivityTimeout   it took too long; `kind` says by which of the four time-outs
│   │   └── OutcomeUnknown    it may or may not have had its effect, and must not run again
│   ├── ChildSagaError        a child saga ended other than Completed
│   ├── EventTimeout          an awaited event did not come in time
│   ├── DeadlineExceeded      a time span that the saga, or its starter, set is over
│   ├── EventInvalid          an awaited event came with a payload that does not fit its type
│   ├── MapFailed             a map did not reach what it was asked for
│   └── Cancelled             the instance or one handle was cancelled
├── HandlerError              what a handler raises to say how its failure is to be treated
│   ├── NonRetryable
│   └── RetryAfter
├── TransientError            the outside is unwell: the caller tries again
│   ├── BrokerUnavailable     a send may or may not have happened
│   ├── LockLost              a message or session belongs to somebody else by now
│   ├── SessionTaken          another receiver holds the session
│   ├── ProcessDied           a process that ran a handler ended before the handler did
│   ├── SecretsUnavailable    where secrets lie did not answer
│   └── WriteUncertain        a write may or may not have happened: repeat it unchanged
├── RefusedError              definite and final: nothing happened, trying again won't help
│   ├── UnknownDestination    the topology has no such queue or topic
│   ├── MessageTooLarge
│   ├── PayloadTooLarge
│   ├── WriteRefused          the store refused one operation and so the whole batch
│   ├── ObjectNotFound
│   ├── SecretNotFound        no secret of this name, or no such version
│   ├── SecretRefused         a secret that is not for this service, or is disabled
│   └── SettingsInvalid       the environment of a service does not describe one
├── UndecodableMessage        bytes that are no message of ours: dead-letter them
│   └── PayloadUnreadable     a payload whose object, codec or key is missing: its message is kept
└── ClientError               what `SagaClient` raises
    ├── AlreadyExists · NotFound · NotAllowed · AlreadyEnded · InvalidState · InvalidInput
    ├── ServiceUnavailable    the service did not answer, however often it was asked
    ├── SagaFailedError       the awaited instance ended other than Completed
    └── ResultTimeout
"""

from __future__ import annotations

from durable.errors.authors import (
    DeterminismMismatch,
    HandlerError,
    InvalidName,
    InvalidToken,
    NonRetryable,
    NotDurable,
    RetryAfter,
)
from durable.errors.clients import (
    AlreadyEnded,
    AlreadyExists,
    ClientError,
    InvalidInput,
    InvalidState,
    NotAllowed,
    NotFound,
    ResultTimeout,
    SagaFailedError,
    ServiceUnavailable,
)
from durable.errors.outside import (
    BrokerUnavailable,
    LockLost,
    MessageTooLarge,
    ObjectNotFound,
    PayloadTooLarge,
    PayloadUnreadable,
    ProcessDied,
    Refusal,
    RefusedError,
    SecretNotFound,
    SecretRefused,
    SecretsUnavailable,
    SessionTaken,
    SettingsInvalid,
    TransientError,
    UndecodableMessage,
    UnknownDestination,
    WriteRefused,
    WriteUncertain,
)
from durable.errors.root import (
    AuthorError,
    DurableError,
)
from durable.errors.sagas import (
    ActivityError,
    ActivityTimeout,
    Cancelled,
    ChildSagaError,
    DeadlineExceeded,
    EventInvalid,
    EventTimeout,
    MapFailed,
    OutcomeUnknown,
    SagaError,
)

__all__ = [
    "ActivityError",
    "ActivityTimeout",
    "AlreadyEnded",
    "AlreadyExists",
    "AuthorError",
    "BrokerUnavailable",
    "Cancelled",
    "ChildSagaError",
    "ClientError",
    "DeadlineExceeded",
    "DeterminismMismatch",
    "DurableError",
    "EventInvalid",
    "EventTimeout",
    "HandlerError",
    "InvalidInput",
    "InvalidName",
    "InvalidState",
    "InvalidToken",
    "LockLost",
    "MapFailed",
    "MessageTooLarge",
    "NonRetryable",
    "NotAllowed",
    "NotDurable",
    "NotFound",
    "ObjectNotFound",
    "OutcomeUnknown",
    "PayloadTooLarge",
    "PayloadUnreadable",
    "ProcessDied",
    "Refusal",
    "RefusedError",
    "ResultTimeout",
    "RetryAfter",
    "SagaError",
    "SagaFailedError",
    "SecretNotFound",
    "SecretRefused",
    "SecretsUnavailable",
    "ServiceUnavailable",
    "SessionTaken",
    "SettingsInvalid",
    "TransientError",
    "UndecodableMessage",
    "UnknownDestination",
    "WriteRefused",
    "WriteUncertain",
]

# Failures name classes by where authors import them from; histories hold these names, so no file may change them.
for _name in __all__:
    globals()[_name].__module__ = __name__
