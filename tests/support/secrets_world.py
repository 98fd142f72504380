"""Secrets for tests: a source whose values a test says, keys that seal, and what injects both."""

from datetime import timedelta

from dishka import Provider, Scope

from durable.adapters.clock import SystemClock
from durable.errors import SecretNotFound
from durable.objects import ObjectStore
from durable.ports import Clock
from durable.secrets import CachedSecrets, Secret, Secrets
from durable.stores import ObjectStores
from secrets_worker.sealing import Seal

VAULT = "https://test.vault.azure.net"
OLD_KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))


class ToldSecrets:
    """A source that holds what a test says: values by name, in one version.

    Attributes:
        values: by name; an exception is raised in place of its value.
        vault: what references call it.
    """

    def __init__(self, **values: str | Exception) -> None:
        self.values = {name.replace("_", "-"): value for name, value in values.items()}
        self.vault = VAULT

    async def read(self, name: str, version: str | None) -> Secret:
        value = self.values.get(name)
        if isinstance(value, Exception):
            raise value
        if value is None or version not in {None, "v1"}:
            raise SecretNotFound(name, version, self.vault)
        return Secret(value, name=name, version="v1", vault=self.vault)

    async def close(self) -> None:
        """Nothing is held."""


def uncached(source: ToldSecrets) -> CachedSecrets:
    """Ask the source each time."""
    return CachedSecrets(source, SystemClock(), timedelta(0))


def secrets_provider(source: ToldSecrets, objects: ObjectStore, seal: Seal | None = None) -> Provider:
    """Inject what handlers ask for that use secrets."""
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: uncached(source), provides=Secrets)
    provider.provide(lambda: ObjectStores(objects, {}), provides=ObjectStores)
    provider.provide(lambda: seal or Seal({"2026-11": NEW_KEY}), provides=Seal)
    provider.provide(SystemClock, provides=Clock)
    return provider
