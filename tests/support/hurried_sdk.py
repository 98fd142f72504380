import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from azure.servicebus._pyamqp.aio import _client_async
from azure.servicebus.aio import _servicebus_receiver_async, _servicebus_sender_async

LONGEST_PAUSE = 0.005


class _Hurried:
    """Module asyncio with shorter sleeps."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    def sleep(self, seconds: float) -> Awaitable[None]:
        return asyncio.sleep(min(seconds, LONGEST_PAUSE))


def hurry_sdk(patch: pytest.MonkeyPatch) -> None:
    """Shorten the fixed pauses that the SDK makes when it opens and closes: they cost a second for each test."""
    for module in (_client_async, _servicebus_receiver_async, _servicebus_sender_async):
        patch.setattr(module, "asyncio", _Hurried())


def hurry_event_hub_sdk(patch: pytest.MonkeyPatch) -> None:
    """The same for the SDK of Event Hubs, which waits up to a second for each thing that it closes."""
    from azure.eventhub._pyamqp.aio import _client_async as client
    from azure.eventhub.aio import _client_base_async
    from azure.eventhub.aio._eventprocessor import event_processor

    for module in (client, _client_base_async, event_processor):
        patch.setattr(module, "asyncio", _Hurried())
