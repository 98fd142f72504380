"""Bodies of OTLP as protobuf messages and back, in the encoding that the client speaks.

In JSON, ids are hexadecimal text, where protobuf's own mapping has base64; fields that are not known are passed over.
"""

import base64
import binascii
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
_DEPTH_MAX = 60

# `google.rpc.Status` on the wire, so that its package is not needed: a number, and a text with a length of two bytes.
_INVALID_ARGUMENT = 3
_CODE_FIELD = 0x08
_MESSAGE_FIELD = 0x12
_STATUS_BYTES_MAX = (1 << 14) - 1


class Unreadable(ValueError):
    """The body is not the message that was expected; the text says why."""


def read_message(body: bytes, encoding: str, message: Message) -> None:
    """Fill the message; raises `Unreadable`."""
    try:
        if encoding == PROTOBUF:
            message.ParseFromString(body)
        else:
            json_format.ParseDict(
                _with_bytes(json.loads(body), 0), message, ignore_unknown_fields=True, max_recursion_depth=_DEPTH_MAX
            )
    except (DecodeError, json_format.ParseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        name = message.DESCRIPTOR.name
        raise Unreadable(f"{name} in {encoding} was expected, found something else: {str(error)[:200]}") from error


def write_message(message: Message, encoding: str) -> bytes:
    """The message as the client reads it."""
    if encoding == PROTOBUF:
        return bytes(message.SerializeToString())
    return str(json_format.MessageToJson(message, indent=None)).encode()


def write_status(text: str, encoding: str) -> bytes:
    """A `google.rpc.Status` that says what was wrong with the argument."""
    if encoding == JSON:
        return json.dumps({"code": _INVALID_ARGUMENT, "message": text}).encode()
    told = text.encode()[:_STATUS_BYTES_MAX]
    length = bytes((len(told) & 0x7F | 0x80, len(told) >> 7)) if len(told) > 0x7F else bytes((len(told),))
    return bytes((_CODE_FIELD, _INVALID_ARGUMENT, _MESSAGE_FIELD)) + length + told


def _with_bytes(value: Any, depth: int) -> Any:
    if depth > _DEPTH_MAX:
        raise Unreadable(f"at most {_DEPTH_MAX} levels were expected")
    if isinstance(value, list):
        return [_with_bytes(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _id(each) if name in _IDS else _with_bytes(each, depth + 1) for name, each in value.items()}


def _id(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return base64.b64encode(binascii.unhexlify(text)).decode()
    except binascii.Error as error:
        raise Unreadable(f"an id in hexadecimal was expected, found '{text[:40]}'") from error
