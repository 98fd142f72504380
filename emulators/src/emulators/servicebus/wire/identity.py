"""Message ids: a message that its sender gave none gets one, as on the service. Some SDKs can't settle without.

It plays no part in duplicate detection, since no other message can have it.
"""

import os
from itertools import count

from emulators.servicebus.amqp.sections import PROPERTIES, list_fields, spans
from emulators.servicebus.broker.content import Content

_HEAD = b"\x00\x53\x73"
_DIGITS = 32
_of_this_process = os.urandom(8).hex().encode()
_number = count(1).__next__


def identified(content: Content) -> Content:
    """The content with a message id, its own or a new one of 32 hexadecimal digits."""
    return content if content.message_id else content._replace(bare=_with_id(content.bare))


def _with_id(bare: bytes) -> bytes:
    message_id = bytes((0xA1, _DIGITS)) + _of_this_process + b"%016x" % _number()
    for span in spans(bare):
        if span.code == PROPERTIES:
            fields, at = list_fields(bare, span.value)
            # The first field is null, if there is one.
            rest = bare[at + 1 : span.end] if fields else b""
            size, fields = len(message_id) + len(rest) + 4, max(1, fields)
            section = _HEAD + b"\xd0" + size.to_bytes(4, "big") + fields.to_bytes(4, "big") + message_id + rest
            return bare[: span.start] + section + bare[span.end :]
    return _HEAD + bytes((0xC0, len(message_id) + 1, 1)) + message_id + bare
