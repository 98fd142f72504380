"""E-mails as Markdown: who wrote to whom about what and when, the text, and what is attached, by name and size.

Attachments are told of and not converted: each is a document of its own, to be sent as one.
"""

from __future__ import annotations

import email
import io
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from typing import Any, BinaryIO

from markitdown import DocumentConverterResult, StreamInfo
from markitdown.converters import HtmlConverter

from durable import NonRetryable

SHOWN = ("From", "To", "Cc", "Date", "Subject")
# Both are in every e-mail (RFC 5322, 3.6); the parser of Python takes any bytes for one.
_NEEDED = ("From", "Date")
ATTACHMENTS_SHOWN = 100
# What takes a header apart takes much longer for a long one.
HEADER_CHARACTERS_MAX = 32_768


def check_mail(data: bytes, media_type: str) -> bytes:
    """Require an e-mail by its headers, and give it back.

    Raises:
        NonRetryable: it has not those that all have, or one is too long.
    """
    if not data.strip(b"\x00\t\n\r "):
        raise NonRetryable(f"expected {media_type}; found an empty file of {len(data)} bytes")
    headers = BytesHeaderParser(policy=default).parsebytes(data)
    longest = max((len(str(value)) for _, value in headers.raw_items()), default=0)
    if longest > HEADER_CHARACTERS_MAX:
        raise NonRetryable(f"expected headers of at most {HEADER_CHARACTERS_MAX} characters; found one of {longest}")
    missing = [name for name in _NEEDED if name not in headers]
    if missing:
        raise NonRetryable(f"expected {media_type}, with headers {' and '.join(_NEEDED)}; found no {missing[0]}")
    return data


class MailConverter:
    """Converts an e-mail with what Python has for that, and an HTML text as other HTML."""

    def convert(self, stream: BinaryIO, _: StreamInfo, /) -> DocumentConverterResult:
        """Give headers, text and attachments; of a text in both forms the plain one."""
        message = email.message_from_binary_file(stream, policy=default)
        headers = [f"**{name}:** {' '.join(str(message[name]).split())}  " for name in SHOWN if name in message]
        parts = ["\n".join(headers), _text(message)]
        attached = list(message.iter_attachments()) if message.is_multipart() else []
        if attached:
            more = len(attached) - ATTACHMENTS_SHOWN
            lines = [_told(part) for part in attached[:ATTACHMENTS_SHOWN]] + (
                [f"- and {more} more"] if more > 0 else []
            )
            parts.append("## Attachments\n\n" + "\n".join(lines))
        return DocumentConverterResult(markdown="\n\n".join(part for part in parts if part))


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content())
    if body.get_content_subtype() == "plain":
        return text.strip()
    info = StreamInfo(mimetype="text/html", charset="utf-8")
    return HtmlConverter().convert(io.BytesIO(text.encode()), info).markdown.strip()


def _told(part: Any) -> str:
    content = part.get_payload(decode=True) or b""
    return f"- {part.get_filename() or 'without a name'} ({part.get_content_type()}, {len(content):,} bytes)"
