"""Secrets in a file: lines `name=value`, or a JSON object of values, or of versions with their values.

1. Nobody but its owner and a group may read the file, and nobody but its owner may write it.
2. It is read each time: what is changed is found once the kept value has had its time.
3. No message holds a part of the file.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from durable.adapters.secrets.environment import variable_name
from durable.errors import SecretNotFound, SecretsUnavailable, SettingsInvalid
from durable.secrets import Secret

BYTES_MAX: Final = 1024 * 1024
_OPEN_TO_OTHERS = stat.S_IRWXO | stat.S_IWGRP
_Versions = dict[str | None, str]


class FileSecrets:
    """Reads one file. Names are told apart as those of variables are: `api-token` and `API_TOKEN` are one name.

    A JSON object may have versions, as in `{"api-token": {"1": "old", "2": "new"}}`: the last one is the newest.
    """

    vault = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """Look whether the file can be used.

        Raises:
            SettingsInvalid: it can't; says why.
        """
        try:
            self._all()
        except (OSError, ValueError) as error:
            raise SettingsInvalid([f"SECRETS_FILE: {_why(self._path, error)}"]) from None

    async def read(self, name: str, version: str | None) -> Secret:
        try:
            versions = (await asyncio.to_thread(self._all)).get(variable_name(name), {})
        except (OSError, ValueError) as error:
            why = _why(self._path, error)
        else:
            newest = next(reversed(versions), None)
            wanted = newest if version is None else version
            if wanted not in versions:
                raise SecretNotFound(name, version, f"file {self._path}")
            return Secret(versions[wanted], name=name, version=wanted, vault=self.vault)
        raise SecretsUnavailable(f"file {self._path}", why)

    async def close(self) -> None:
        """Nothing is held."""

    def _all(self) -> Mapping[str, _Versions]:
        with self._path.open("rb") as file:
            mode = stat.S_IMODE(self._path.stat().st_mode)
            if mode & _OPEN_TO_OTHERS:
                raise ValueError(
                    f"expected a file that others can't read and its group can't write; found mode {mode:04o}: "
                    f"chmod 600 {self._path}"
                )
            content = file.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            raise ValueError(f"expected a file of at most {BYTES_MAX} bytes; found more")
        found = _from_json(content) if content.lstrip().startswith(b"{") else _from_lines(content)
        named = {variable_name(name): versions for name, versions in found}
        if len(named) < len(found):
            raise ValueError("expected each name once, whatever its case; found one twice")
        return named


def _from_json(content: bytes) -> list[tuple[str, _Versions]]:
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"expected JSON; found none at line {error.lineno}") from None
    return [(name, _versions(name, value)) for name, value in data.items()]


def _versions(name: str, value: Any) -> _Versions:
    if isinstance(value, str):
        return {None: value}
    if isinstance(value, dict) and value and all(isinstance(text, str) for text in value.values()):
        return value
    raise ValueError(f"expected {name!r:.100} to be text, or an object of texts by version; found something else")


def _from_lines(content: bytes) -> list[tuple[str, _Versions]]:
    found: list[tuple[str, _Versions]] = []
    for number, line in enumerate(content.decode().splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals:
            raise ValueError(f"expected name=value in line {number}; found no =")
        found.append((name.strip(), {None: _unquoted(value.strip())}))
    return found


def _unquoted(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _why(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"expected text in UTF-8 in {path}; found other bytes"
    if isinstance(error, OSError):
        return f"expected a file {path} that can be read; {error.strerror}"
    return str(error)
