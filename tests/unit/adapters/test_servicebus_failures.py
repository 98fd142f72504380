import pytest
from azure.servicebus._pyamqp.error import AMQPLinkError
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    OperationTimeoutError,
    ServiceBusConnectionError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from durable.adapters.servicebus.failures import error_of, translated
from durable.adapters.servicebus.fastpath import supported
from durable.adapters.servicebus.fastpath.values import meaning
from durable.errors import (
    BrokerUnavailable,
    DurableError,
    LockLost,
    MessageTooLarge,
    RefusedError,
    SessionTaken,
    UnknownDestination,
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (b"amqp:not-found", UnknownDestination),
        (b"amqp:not-allowed", RefusedError),
        (b"amqp:link:message-size-exceeded", MessageTooLarge),
        (b"com.microsoft:session-cannot-be-locked", SessionTaken),
        (b"com.microsoft:session-lock-lost", LockLost),
        (b"com.microsoft:message-lock-lost", LockLost),
        (b"com.microsoft:server-busy", BrokerUnavailable),
        (b"amqp:link:detach-forced", BrokerUnavailable),
        (b"amqp:unauthorized-access", BrokerUnavailable),
        (None, BrokerUnavailable),
    ],
)
def test_a_condition_of_the_broker_has_one_meaning(condition: bytes | None, expected: type[DurableError]) -> None:
    assert type(error_of(condition, "text")) is expected
    if condition is not None:
        assert type(meaning(AMQPLinkError(condition=condition))) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MessagingEntityNotFoundError(message="x"), UnknownDestination),
        (MessageSizeExceededError(message="x"), MessageTooLarge),
        (SessionCannotBeLockedError(message="x"), SessionTaken),
        (SessionLockLostError(message="x"), LockLost),
        (MessageLockLostError(message="x"), LockLost),
        (ServiceBusConnectionError(message="x"), BrokerUnavailable),
        (OperationTimeoutError(message="x"), BrokerUnavailable),
        (ServiceBusError("... Error condition: amqp:not-allowed."), RefusedError),
        (TimeoutError(), BrokerUnavailable),
        (ConnectionResetError(), BrokerUnavailable),
        (ValueError("The handler has already been shutdown."), BrokerUnavailable),
    ],
)
def test_an_error_of_the_sdk_has_one_meaning(error: Exception, expected: type[DurableError]) -> None:
    with pytest.raises(expected) as caught, translated("a call"):
        raise error

    assert type(caught.value) is expected
    assert str(caught.value).startswith("a call: ")


def test_the_installed_sdk_is_one_whose_inside_is_known() -> None:
    assert supported()


def test_an_sdk_of_another_version_or_inside_is_driven_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azure.servicebus.__version__", "7.16.0")
    assert not supported()

    monkeypatch.undo()
    monkeypatch.delattr("azure.servicebus._pyamqp.aio._sender_async.SenderLink.send_transfer")
    assert not supported()
