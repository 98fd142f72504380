"""The one place that touches private parts of the SDK; see `wire` for why and for the rules.

It is used only with versions of the SDK whose inside is known and found as expected. With any other, callers use the
public surface, which the contract suite runs as well. So nothing outside imports its modules before asking `supported`.
"""

from importlib import import_module

import azure.servicebus

VERSIONS = ("7.15.",)
_ROOT = "azure.servicebus"
_EXPECTED = {
    "aio:ServiceBusReceiver": ("_create_handler",),
    "aio:ServiceBusSender": ("_create_handler",),
    "aio._async_utils:create_authentication": (),
    "_pyamqp.aio:ReceiveClientAsync": ("open_async", "client_ready_async", "auth_complete_async", "close_async"),
    "_pyamqp.aio:SendClientAsync": ("open_async", "client_ready_async", "auth_complete_async", "close_async"),
    "_pyamqp.aio._connection_async:Connection": ("listen",),
    "_pyamqp.aio._receiver_async:ReceiverLink": ("flow", "get_state", "send_disposition", "_incoming_disposition"),
    "_pyamqp.aio._sender_async:SenderLink": ("get_state", "send_transfer"),
    "_pyamqp.aio._management_operation_async:ManagementOperation": ("open", "ready"),
    "_pyamqp.aio._management_link_async:ManagementLink": ("execute_operation",),
    "_pyamqp.message:BatchMessage": (),
}


def supported() -> bool:
    """Tell whether the SDK is of a known version and has what is used of its inside."""
    if not azure.servicebus.__version__.startswith(VERSIONS):
        return False
    try:
        for place, names in _EXPECTED.items():
            module, _, attribute = place.partition(":")
            found = getattr(import_module(f"{_ROOT}.{module}"), attribute)
            for name in names:
                getattr(found, name)
    except (ImportError, AttributeError):
        return False
    return True
