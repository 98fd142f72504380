import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Self, TypeVar

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus._pyamqp import utils
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from emulators.servicebus.broker.broker import Plan
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.topology import plan_of

Handler = TypeVar("Handler", ServiceBusSender, ServiceBusReceiver)
WAIT = 5.0
# Makes values of AMQP, as the SDK does it; not annotated.
VALUES: Any = utils
BRIEFLY = 0.1


def namespace(queues: dict[str, dict[str, object]], topics: dict[str, list[str]] | None = None) -> Plan:
    """The plan of queues with their properties, and topics with plain subscriptions."""
    return plan_of(
        {
            "UserConfig": {
                "Namespaces": [
                    {
                        "Name": "tests",
                        "Queues": [{"Name": name, "Properties": each} for name, each in queues.items()],
                        "Topics": [
                            {"Name": name, "Subscriptions": [{"Name": each} for each in subscriptions]}
                            for name, subscriptions in (topics or {}).items()
                        ],
                    }
                ]
            }
        }
    )


class Links:
    """The real SDK, one connection string, and links that are closed together.

    Opening a link takes half a second and closing one too: `sender` and `receiver` share theirs.
    """

    def __init__(self, connection_string: str) -> None:
        self.client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
        self._shared: dict[object, Any] = {}
        self._opened: list[ServiceBusSender | ServiceBusReceiver] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(each.close() for each in self._opened))
        await self.client.close()

    async def sender(self, entity: str) -> ServiceBusSender:
        """The shared sender to a queue or topic."""
        return await self._share(("sender", entity), lambda: self.new_sender(entity))

    async def receiver(self, queue: str, **options: Any) -> ServiceBusReceiver:
        """The shared receiver of a queue with these options."""
        key = ("receiver", queue, *sorted(options.items()))
        return await self._share(key, lambda: self.new_receiver(queue, **options))

    def new_sender(self, entity: str) -> ServiceBusSender:
        """A sender that nobody shares."""
        sender = self.client.get_queue_sender(entity)
        self._opened.append(sender)
        return sender

    def new_receiver(self, queue: str, **options: Any) -> ServiceBusReceiver:
        """A receiver that nobody shares; `topic/subscription` names a subscription."""
        if "/" in queue:
            topic, subscription = queue.split("/")
            receiver = self.client.get_subscription_receiver(topic, subscription, **options)
        else:
            receiver = self.client.get_queue_receiver(queue, **options)
        self._opened.append(receiver)
        return receiver

    async def send(self, entity: str, *messages: str | ServiceBusMessage) -> None:
        sender = await self.sender(entity)
        await sender.send_messages([ServiceBusMessage(each) if isinstance(each, str) else each for each in messages])

    async def receive(self, queue: str, count: int = 1, **options: Any) -> list[ServiceBusReceivedMessage]:
        receiver = await self.receiver(queue, **options)
        return await receiver.receive_messages(count, max_wait_time=WAIT)

    async def receive_nothing(self, queue: str, **options: Any) -> bool:
        receiver = await self.receiver(queue, **options)
        return not await receiver.receive_messages(1, max_wait_time=BRIEFLY)

    async def _share(self, key: object, make: Callable[[], Handler]) -> Handler:
        if key not in self._shared:
            handler = make()
            await handler.__aenter__()
            self._shared[key] = handler
        shared: Handler = self._shared[key]
        return shared


class Bus(Links):
    """An endpoint in this process, a clock to put forward, and links to it."""

    def __init__(self, plan: Plan) -> None:
        self.clock = ManualClock()
        self.endpoint = ServiceBusEndpoint(plan, clock=self.clock)

    async def __aenter__(self) -> Self:
        await self.endpoint.start()
        super().__init__(self.endpoint.connection_string)
        return self

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self.endpoint.stop()

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)


def bodies(messages: Sequence[ServiceBusReceivedMessage]) -> list[str]:
    return [str(message) for message in messages]


async def complete(receiver: ServiceBusReceiver, messages: Sequence[ServiceBusReceivedMessage]) -> None:
    for message in messages:
        await receiver.complete_message(message)


async def delete_messages(receiver: Any, count: int, **body: object) -> int:
    """Delete by one management request, for which this version of the SDK has no call; `body` may say more."""

    def read(status: int, message: Any, description: str, **_: Any) -> int:
        assert status in {200, 204}, description
        return int(message.value[b"message-count"]) if status == 200 else 0

    request = {"message-count": VALUES.amqp_int_value(count)} | {
        name.replace("_", "-"): each for name, each in body.items()
    }
    operation = b"com.microsoft:batch-delete-messages"
    return int(await receiver._mgmt_request_response_with_retry(operation, request, read))


async def complete_together(receiver: Any, lock_tokens: Sequence[object]) -> None:
    """Complete by one management request, for which the SDK has no public call."""
    await receiver._settle_message_via_mgmt_link("completed", lock_tokens)
