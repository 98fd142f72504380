"""Looks for a value in whatever a run left behind, in each form in which a program might have written it.

It knows nothing of `durable.concealing`: what that overlooks is found here.
"""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

PIECE_MIN = 8


def forms(value: str) -> dict[str, bytes]:
    """Each form by what it is called, as bytes in UTF-8."""
    escaped = json.dumps(value)[1:-1]
    texts = {
        "as it is": value,
        "its first half": value[: max(len(value) // 2, PIECE_MIN)],
        "its second half": value[-max(len(value) // 2, PIECE_MIN) :],
        "in JSON": escaped,
        "in JSON, as Unicode": json.dumps(value, ensure_ascii=False)[1:-1],
        "in JSON in JSON": json.dumps(escaped)[1:-1],
        "in JSON, with slashes": escaped.replace("/", "\\/"),
        "in JSON, each character": "".join(f"\\u{ord(one):04x}" for one in value),
        "in Python": repr(value)[1:-1],
        "in a URL": quote(value, safe=""),
        "in the path of a URL": quote(value),
        "in a form": quote_plus(value),
        "in a URL, in lower case": quote(value, safe="").lower(),
        "in HTML": html.escape(value),
        "in hex": value.encode().hex(),
        "in hex, in upper case": value.encode().hex().upper(),
    }
    for name, encode in (("base64", b64encode), ("base64 for URLs", urlsafe_b64encode)):
        for before in range(3):
            # What stands before and behind the value changes the characters at its edges.
            texts[f"in {name} at {before}"] = encode(b"_" * before + value.encode())[4:-4].decode()
    found = {name: text.encode() for name, text in texts.items() if len(text) >= PIECE_MIN}
    backwards = {f"{name}, backwards": text[::-1].encode() for name, text in texts.items() if len(text) >= PIECE_MIN}
    return {**found, **backwards, "in UTF-16": value.encode("utf-16-le")}


def places(values: Iterable[str], left: Mapping[str, Iterable[bytes]]) -> list[str]:
    """Tell where something of a value is to be found: what it is in, and how it is written there."""
    wanted = [(name, form) for value in values for name, form in forms(value).items()]
    return [
        f"{kind}: {name}: {piece[:400]!r}"
        for kind, pieces in left.items()
        for piece in pieces
        for name, form in wanted
        if form in piece
    ]
