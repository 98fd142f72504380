"""What the secrets worker brings beside its handlers: the keys that seal, from its settings."""

from __future__ import annotations

from dishka import Provider, Scope

from durable.codecs.chosen import keys_from
from durable.settings import Environment
from durable.worker.run import WorkerParts
from secrets_worker.sealing import Seal


def parts_from(environment: Environment) -> WorkerParts:
    """Read `SECRETS_SEAL_KEYS`."""
    seal = seal_from(environment)
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: seal, provides=Seal)
    return WorkerParts((provider,))


def seal_from(environment: Environment) -> Seal | None:
    """Read `SECRETS_SEAL_KEYS`; `None` after a fault, which `environment` tells."""
    keys = environment.text("SECRETS_SEAL_KEYS")
    try:
        return Seal(keys_from(keys)) if keys else None
    except (OSError, ValueError, TypeError) as error:
        expected = "expected a JSON object of keys of 32 bytes in base64 by id, or the path of one"
        environment.fault("SECRETS_SEAL_KEYS", expected, f"something else: {error}")
        return None
