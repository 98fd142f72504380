"""Values of strangers, cut to what a page can show. Everything comes out as text; the page escapes it."""

import json

FAULTS_MAX = 50
TEXT_MAX = 400
BODY_MAX = 4096


def text(value: object, characters_max: int = TEXT_MAX) -> str:
    """A value as text of a limited length, an ellipsis where it was cut."""
    whole = value if isinstance(value, str) else str(value)
    return _encodable(whole if len(whole) <= characters_max else f"{whole[:characters_max]}…")


def body(data: bytes, bytes_max: int = BODY_MAX) -> dict[str, object]:
    """A body as `format` ("json", "text" or "hex"), its `text`, its `size` in bytes, and whether it was `cut`."""
    head, cut = data[:bytes_max], len(data) > bytes_max
    try:
        found = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as cause:
        if not cut or cause.start < len(head) - 3:
            return {"format": "hex", "text": head[: bytes_max // 4].hex(" "), "size": len(data), "cut": cut}
        found = head[: cause.start].decode()
    pretty = None if cut else _pretty(found)
    return {"format": "json" if pretty else "text", "text": pretty or found, "size": len(data), "cut": cut}


def _pretty(found: str) -> str | None:
    if not found.lstrip().startswith(("{", "[")):
        return None
    try:
        return _encodable(json.dumps(json.loads(found), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return None


def _encodable(found: str) -> str:
    """Half of a surrogate pair, which JSON can spell and UTF-8 can't, becomes a question mark."""
    return found.encode("utf-8", errors="replace").decode()
