"""Secrets in environment variables: `api-token` is `SECRET_API_TOKEN`. No other variable can be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import SecretNotFound
from durable.secrets import Secret

PREFIX = "SECRET_"


class EnvironmentSecrets:
    """Reads the variables that begin with `SECRET_`. There are no versions: who asks for one finds none."""

    vault = "environment"

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    async def read(self, name: str, version: str | None) -> Secret:
        value = self._variables.get(PREFIX + variable_name(name))
        if value is None or version is not None:
            raise SecretNotFound(name, version, f"the environment (variable {PREFIX}{variable_name(name)})")
        return Secret(value, name=name, vault=self.vault)

    async def close(self) -> None:
        """Nothing is held."""


def variable_name(name: str) -> str:
    """Give the name of a secret as that of a variable: `api-token` as `API_TOKEN`."""
    return name.upper().replace("-", "_")
