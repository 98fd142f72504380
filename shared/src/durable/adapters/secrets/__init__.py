"""Where secrets lie: a Key Vault, the environment or a file, by setting `SECRETS_PROVIDER`."""

from __future__ import annotations

import os

from durable.adapters.secrets.environment import EnvironmentSecrets
from durable.adapters.secrets.file import FileSecrets
from durable.errors import SettingsInvalid
from durable.ports import Clock
from durable.secrets import CachedSecrets, SecretSource
from durable.settings import SecretsSettings


def secrets_from(settings: SecretsSettings, clock: Clock, client_id: str = "") -> CachedSecrets:
    """Open what the settings name; nothing is asked of a Key Vault yet.

    Raises:
        SettingsInvalid: the file can't be used as it is, or the library of Key Vault is not installed.
    """
    return CachedSecrets(_source(settings, client_id), clock, settings.kept)


def _source(settings: SecretsSettings, client_id: str) -> SecretSource:
    if settings.provider == "file":
        source = FileSecrets(settings.file)
        source.check()
        return source
    if settings.provider == "environment":
        return EnvironmentSecrets(os.environ)
    try:
        from durable.adapters.secrets.key_vault import key_vault_from
    except ModuleNotFoundError as error:
        raise SettingsInvalid(
            [f"SECRETS_PROVIDER: expected the extra `azure` of this worker to be installed; {error}"]
        ) from error
    return key_vault_from(settings.vault_url, client_id)
