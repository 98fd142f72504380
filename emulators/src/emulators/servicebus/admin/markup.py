"""XML: written as text, read with nothing that could cost more than its length.

Elements are written in a default namespace, without prefixes: some clients look at the names alone.
"""

from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

import defusedxml
from defusedxml.ElementTree import fromstring

from emulators.servicebus.admin.complaints import invalid

ATOM = "http://www.w3.org/2005/Atom"
SERVICE = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"
COUNTS = "http://schemas.microsoft.com/netservices/2011/06/servicebus"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.w3.org/2001/XMLSchema"

# What XML 1.0 has no way to write.
_UNWRITABLE = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}


def element(tag: str, content: str = "", **attributes: str) -> str:
    """An element around markup; `__` in the name of an attribute stands for a colon."""
    told = "".join(f" {name.replace('__', ':')}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{told}>{content}</{tag}>" if content else f"<{tag}{told}/>"


def text(value: str) -> str:
    """Text as markup."""
    return escape(value.translate(_UNWRITABLE))


def parsed(document: bytes) -> Element:
    """The root of a document; raises `Complaint`. A document type is refused, and with it all entities."""
    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except (ParseError, defusedxml.DefusedXmlException, ValueError, LookupError) as cause:
        raise invalid(f"The body is not XML that can be read: {cause}.") from cause
    return root


def described_in(document: bytes, *tags: str) -> tuple[str, Element]:
    """The description of one of these names in the content of an Atom entry, and its name; raises `Complaint`."""
    root = parsed(document)
    for tag in tags:
        found = root.find(f"{{{ATOM}}}content/{{{SERVICE}}}{tag}")
        if found is not None:
            return tag, found
    raise invalid(f"An Atom entry with a {' or '.join(tags)} as its content was expected.")


def local_name(node: Element) -> str:
    """The name of an element without its namespace."""
    return node.tag.rpartition("}")[2]


def child(node: Element, tag: str) -> Element | None:
    """The part of that name."""
    return node.find(f"{{{SERVICE}}}{tag}")


def kind_in(node: Element) -> str:
    """The type that an element says it is of, without its prefix."""
    return node.get(f"{{{INSTANCE}}}type", "").rpartition(":")[2]
