"""Adds a new key to a file of keys: `python add_key.py payload-keys.json 2026-11 last` (or `first`)."""

import json
import secrets
import sys
from base64 import b64encode
from pathlib import Path


def add_key(file: Path, id: str, where: str) -> None:
    keys = json.loads(file.read_text()) if file.exists() else {}
    new = {id: keys.pop(id, None) or b64encode(secrets.token_bytes(32)).decode()}
    file.write_text(json.dumps({**new, **keys} if where == "first" else {**keys, **new}))


if __name__ == "__main__":
    add_key(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
