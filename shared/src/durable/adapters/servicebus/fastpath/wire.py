"""An AMQP connection of the SDK, driven by one reading task.

The public surface reads from the connection only inside a call, with one lock for reading and writing: whoever waits
for a message holds up whoever wants to settle one, each frame costs a task and a timer, opening and closing sleep.
Here a task of our own reads all the time and gives what arrives to whoever waits for it.

1. After `Wire.open` only `_read` reads; no call of the SDK that reads by itself may be used any more.
2. Reading and writing need no common lock: a frame is written by one call that does not suspend before it is buffered,
   and transfers, which may take several frames, come from one task only.
3. What must be done from time to time, renewing the token above all, is done every `BEAT_SECONDS`, busy or idle.
4. A management link is granted 10,000 answers and never more, so the grant is renewed in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Self, cast

from azure.servicebus._pyamqp.aio._management_operation_async import ManagementOperation
from azure.servicebus._pyamqp.constants import LinkState
from azure.servicebus._pyamqp.error import AMQPException
from azure.servicebus._pyamqp.message import BatchMessage, Message, Properties
from azure.servicebus._pyamqp.outcomes import Released
from azure.servicebus._pyamqp.utils import amqp_string_value
from azure.servicebus.aio import ServiceBusReceiver, ServiceBusSender
from azure.servicebus.aio._async_utils import create_authentication
from azure.servicebus.exceptions import ServiceBusError

from durable.adapters.servicebus.failures import error_of
from durable.adapters.servicebus.fastpath.admission import Admission
from durable.adapters.servicebus.fastpath.values import answering, check_sent, decoded, meaning
from durable.errors import BrokerUnavailable, DurableError, LockLost

BEAT_SECONDS = 10.0
# How long the broker may send nothing at all; it sends empty frames so as to keep it. Finds connections that are gone.
SILENCE_SECONDS = 60
FRAMES_AT_ONCE = 1_000
MANAGEMENT_GRANT = 10_000
MANAGEMENT_REGRANT = 5_000
BATCH_BYTES_DEFAULT = 262_144
# What reading a frame, or a state that a frame has left behind, may raise.
_FAILURES = (AMQPException, ServiceBusError, OSError, ValueError, AttributeError, LookupError, TypeError, RuntimeError)


class _UnlockedAccess:
    """Stands where the SDK has its lock for reading and writing; see rule 2."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


class _Pending(dict[str, Any]):
    """Stands where the SDK notes the outcome of a disposition, and tells of it."""

    def __init__(self, outcome: asyncio.Future[Any]) -> None:
        super().__init__(settled=False, outcome=None)
        self._told = outcome

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == "settled":
            _tell(self._told, self["outcome"])


class Wire:
    """An open link of a receiver or a sender. `failure` is set, and everyone told, when it breaks."""

    def __init__(self, sdk: ServiceBusReceiver | ServiceBusSender, changed: Callable[[], None]) -> None:
        self.failure: DurableError | None = None
        self._sdk = sdk
        self._changed = changed
        self._handler: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[Any]] = set()
        self._management: ManagementOperation | None = None
        self._managing = asyncio.Lock()
        self._managed = 0

    async def open(self, on_message: Callable[[Any, Any], Awaitable[None]] | None, seconds: float) -> Self:
        """Connect and attach.

        Raises:
            UnknownDestination, SessionTaken, RefusedError: the broker refused.
            BrokerUnavailable: it did not answer.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._connect(on_message)
        except _FAILURES as error:
            await self._drop()
            raise meaning(error) from error
        except BaseException:
            await self._drop()
            raise
        self._reader = asyncio.create_task(self._read())
        return self

    async def close(self) -> None:
        """Detach, which lets go of a session at once, and close; never fails."""
        self._fail(BrokerUnavailable("the connection was closed"))
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        await self._drop()

    @property
    def credit(self) -> int:
        """How many messages the broker may still send unasked."""
        return int(self._link.current_link_credit)

    @property
    def transfer_bytes_max(self) -> int:
        """How large a transfer may be."""
        transport = self._sdk._amqp_transport
        batch = transport.get_remote_max_message_batch_size(self._handler)
        single = transport.get_remote_max_message_size(self._handler)
        return int(batch or min(single or BATCH_BYTES_DEFAULT, BATCH_BYTES_DEFAULT))

    @property
    def session_locked(self) -> str | None:
        """The session that the broker says it has locked for this receiver."""
        return self._sdk._session_id if isinstance(self._sdk, ServiceBusReceiver) else None

    async def grant(self, credit: int) -> None:
        """Let the broker send so many messages."""
        await self._written(self._link.flow(link_credit=credit))

    async def dispose(self, delivery: tuple[int, bytes], state: object) -> Any:
        """Say what becomes of a message and wait for the broker's confirmation, which is given back."""
        delivery_id, tag = delivery
        link, outcome = self._link, self._expect()
        if tag not in link._received_delivery_tags:
            outcome.cancel()
            raise LockLost("the message was settled before")
        link._pending_dispositions[delivery_id] = _Pending(outcome)
        try:
            await self._written(
                link.send_disposition(
                    first_delivery_id=delivery_id, delivery_tag=tag, settled=False, delivery_state=state
                )
            )
            return await self._answer(outcome)
        finally:
            link._pending_dispositions.pop(delivery_id, None)

    async def release(self, delivery: tuple[int, bytes]) -> None:
        """Give back a message that nobody has seen, without counting it as delivered; does not wait."""
        await self._written(
            self._link.send_disposition(
                first_delivery_id=delivery[0], delivery_tag=delivery[1], settled=True, delivery_state=Released()
            )
        )

    def forget(self, tags: Iterable[bytes]) -> None:
        """Drop what the link keeps of messages that were settled by management."""
        self._link._received_delivery_tags.difference_update(tags)

    async def manage(self, operation: str, body: dict[str, Any]) -> dict[bytes, Any]:
        """Execute a management operation on the entity and give its answer."""
        async with self._managing:
            management = await self._managed_link()
            outcome = self._expect()
            await self._written(
                management._mgmt_link.execute_operation(
                    self._request(body),
                    answering(partial(_tell, outcome)),
                    operation=amqp_string_value(operation),
                    type=amqp_string_value(b"entity-mgmt"),
                )
            )
        status, description, answer = await self._answer(outcome)
        if status != 200:
            condition = answer.application_properties.get(b"errorCondition")
            raise error_of(condition, f"{operation}: {status} {decoded(description)}")
        return answer.value or {}

    async def transfer(self, encoded: list[bytes]) -> None:
        """Send encoded messages as one transfer and wait for the confirmation."""
        outcome = self._expect()

        async def settled(_: object, state: Any) -> None:
            _tell(outcome, state)

        await self._written(self._link.send_transfer(BatchMessage(data=encoded), on_send_complete=settled))
        check_sent(await self._answer(outcome))

    @property
    def _link(self) -> Any:
        if self._handler is None:
            raise self.failure or BrokerUnavailable("the connection is not open")
        return self._handler._link

    async def _connect(self, on_message: Callable[[Any, Any], Awaitable[None]] | None) -> None:
        self._sdk._create_handler(await create_authentication(self._sdk))
        handler = self._handler = cast("Any", self._sdk._handler)
        handler._keep_alive_interval = None
        handler._idle_timeout = SILENCE_SECONDS
        if on_message is not None:
            handler._message_received_async = on_message
        await handler.open_async()
        await Admission(handler).wait()
        while handler._link.get_state() is not LinkState.ATTACHED:
            with suppress(ValueError):
                await handler._connection.listen(wait=handler._socket_timeout)
        handler._connection._transport.socket_lock = _UnlockedAccess()

    async def _read(self) -> None:
        handler, clock = self._handler, asyncio.get_running_loop().time
        beat = clock() + BEAT_SECONDS
        try:
            while self.failure is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await handler._connection.listen(wait=True, batch=FRAMES_AT_ONCE)
                handler._link.get_state()
                if clock() >= beat:
                    beat = clock() + BEAT_SECONDS
                    while not await handler.auth_complete_async():
                        handler._link.get_state()
        except Exception as error:  # The top of the loop: whatever ends it, whoever waits must be told.
            self._fail(meaning(error))

    async def _managed_link(self) -> ManagementOperation:
        if self._management is None:
            operation = ManagementOperation(self._handler._session, endpoint=self._sdk._mgmt_target.encode())
            await self._written(operation.open())
            await self._written(asyncio.wait_for(self._until_ready(operation), BEAT_SECONDS))
            self._management = operation
        self._managed += 1
        if self._managed % MANAGEMENT_REGRANT == 0:
            await self._management._mgmt_link._response_link.flow(link_credit=MANAGEMENT_GRANT)
        return self._management

    async def _until_ready(self, operation: ManagementOperation) -> None:
        while self.failure is None and not await operation.ready():  # noqa: ASYNC110  The SDK offers no event.
            await asyncio.sleep(0.002)

    def _request(self, body: dict[str, Any]) -> Message:
        properties: dict[str | bytes, Any] = {"associated-link-name": self._link.name}
        return Message(
            value=body, properties=Properties(reply_to=self._sdk._mgmt_target), application_properties=properties
        )

    async def _written(self, writing: Awaitable[Any]) -> None:
        try:
            await writing
        except _FAILURES as error:
            raise meaning(error) from error
        if self.failure is not None:
            raise self.failure

    def _expect(self) -> asyncio.Future[Any]:
        if self.failure is not None:
            raise self.failure
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.add(outcome)
        outcome.add_done_callback(self._waiting.discard)
        return outcome

    async def _answer(self, outcome: asyncio.Future[Any]) -> Any:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                return await outcome
        except TimeoutError as error:
            self._fail(BrokerUnavailable(f"no answer within {BEAT_SECONDS} s"))
            raise self.failure or error from error

    def _fail(self, error: DurableError) -> None:
        self.failure = self.failure or error
        for outcome in list(self._waiting):
            _tell(outcome, self.failure)
        self._changed()

    async def _drop(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        transport: Any = getattr(handler._connection, "_transport", None)
        with suppress(*_FAILURES):
            async with asyncio.timeout(1):
                await handler.close_async()
        with suppress(*_FAILURES):
            async with asyncio.timeout(1):
                await transport.close()  # The SDK leaves the socket open if it fails before.


def _tell(outcome: asyncio.Future[Any], result: Any) -> None:
    if outcome.done():
        return
    if isinstance(result, Exception):
        outcome.set_exception(result if isinstance(result, DurableError) else meaning(result))
        outcome.exception()  # Whoever waited may be gone; that is no reason to complain.
    else:
        outcome.set_result(result)
