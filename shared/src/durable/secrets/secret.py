"""One secret in memory: it gives its value to who asks for it in so many words, and shows it to nobody else."""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from durable.concealing import CONCEALED
from durable.errors import InvalidName

NAME_PATTERN: Final = r"^[A-Za-z0-9-]{1,127}$"
VERSION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_NAME = re.compile(NAME_PATTERN)
_VERSION = re.compile(VERSION_PATTERN)


class Secret:
    """A value, and which secret it is the value of.

    Its texts (`str`, `repr`, formats) name it and never show it. It can be neither pickled nor written as JSON, and no
    model or activity may have it as a field. Once made, its value is taken out of whatever this process tells (see
    `durable.concealing`).

    Attributes:
        name: the name in its vault.
        version: which version of it, `None` where the vault keeps none.
        vault: where it lies: the address of a Key Vault, `environment` or `file`.
    """

    __slots__ = ("__value", "name", "vault", "version")

    def __init__(self, value: str, *, name: str, version: str | None = None, vault: str = "") -> None:
        self.__value = value
        self.name = name
        self.version = version
        self.vault = vault
        CONCEALED.learn(value)

    def reveal(self) -> str:
        """Give the value. Hand it to what needs it at once; keep it in no field, message or exception."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, version={self.version!r}, vault={self.vault!r})"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"expected a reference; found {self!r}, which can't be pickled: pass its name on, not its value"
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let models hold it in memory, but neither read nor write it as JSON."""
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(_unwritable, when_used="json")
        )


def check_secret_name(name: str, version: str | None = None) -> None:
    """Look whether a name, and a version if one is told, are legal.

    Raises:
        InvalidName: the name is not 1 to 127 letters, digits and hyphens, as a Key Vault has it; or the version not 1
            to 64 letters, digits, dots, underscores and hyphens.
    """
    if not _NAME.fullmatch(name):
        raise InvalidName(f"expected the name of a secret: 1 to 127 letters, digits and hyphens; found {name!r:.200}")
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidName(
            f"expected the version of a secret: 1 to 64 letters, digits, '.', '_' and '-'; found {version!r:.200}"
        )


def _unwritable(secret: Secret) -> NoReturn:
    raise TypeError(f"expected a reference; found {secret!r}, which is not written as JSON: pass its name on")
