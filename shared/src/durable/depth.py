"""How deeply JSON data may be nested, so that whatever is taken in can be written down again with what wraps it.

The record store takes 128 levels; a record wraps a payload in a few of its own.
"""

from __future__ import annotations

PAYLOAD_DEPTH_MAX = 100
MESSAGE_DEPTH_MAX = 110


def is_deeper(data: object, levels: int) -> bool:
    """Tell whether lists and objects are nested deeper than that; looks no deeper than it must."""
    layer = [data] if isinstance(data, dict | list) else []
    for _ in range(levels):
        if not layer:
            return False
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(layer)


def may_be_deeper(text: bytes, levels: int) -> bool:
    """Tell whether JSON text has as many brackets as it takes: a quick no for nearly all of it."""
    return text.count(b"[") + text.count(b"{") > levels
