"""The activities of the secrets worker.

1. A value is revealed to the cipher alone: results are references.
2. Nothing is written over that is not a sealed value of the same secret, and nothing is removed that another instance
   had written.
"""

from __future__ import annotations

from contracts.locations import Location
from contracts.secrets import (
    DELETE_SEALED,
    FIND_SECRET,
    WRITE_SEALED,
    DeletedSealed,
    FindSecret,
    SealedSecret,
    SecretReference,
    WriteSealed,
)
from durable import NonRetryable
from durable.errors import ObjectNotFound, SecretRefused
from durable.secrets import Secret, Secrets
from durable.stores import ObjectStores
from durable.worker import ActivityContext, Worker
from secrets_worker.sealing import ENVELOPE_BYTES_MAX, Envelope, NotSealed, Seal, envelope_of

worker = Worker("secrets")


class TargetTaken(NonRetryable):
    """Something else than a sealed value of the same secret lies where it is to be written."""


@worker.handles(FIND_SECRET)
async def find_secret(request: FindSecret, secrets: Secrets) -> SecretReference:
    """Look a secret up, and say which version of it is meant from now on."""
    return _reference(await secrets.get(request.name, request.version))


@worker.handles(WRITE_SEALED)
async def write_sealed(
    request: WriteSealed, secrets: Secrets, stores: ObjectStores, seal: Seal, ctx: ActivityContext
) -> SealedSecret:
    """Write the value encrypted. Written again it is as large, and opens to the same value."""
    found = await _envelope(stores, request.target)
    if isinstance(found, NotSealed) or (found is not None and not _is_of(found, request.secret)):
        raise TargetTaken(
            f"expected nothing at {request.target.name!r} of store {request.target.store!r}, or a sealed value of "
            f"secret {request.secret.name!r}; found something else, which is left as it is: name another target"
        )
    secret = await secrets.get(request.secret.name, request.secret.version)
    if secret.vault != request.secret.vault:
        raise SecretRefused(secret.name, request.secret.vault, f"the worker reads from {secret.vault}")
    data, key = seal.close(secret.reveal(), request.secret, ctx.instance_id)
    info = await stores[request.target.store].put(request.target.name, data)
    return SealedSecret(object=request.target, size=info.size, key=key)


@worker.handles(DELETE_SEALED)
async def delete_sealed(request: WriteSealed, stores: ObjectStores, ctx: ActivityContext) -> DeletedSealed:
    """Remove what this instance had sealed; what else lies there stays."""
    found = await _envelope(stores, request.target)
    if not isinstance(found, Envelope) or not _is_of(found, request.secret) or found.instance != ctx.instance_id:
        return DeletedSealed(deleted=False)
    await stores[request.target.store].delete(request.target.name)
    return DeletedSealed(deleted=True)


async def _envelope(stores: ObjectStores, target: Location) -> Envelope | NotSealed | None:
    store = stores[target.store]
    try:
        if (await store.info(target.name)).size > ENVELOPE_BYTES_MAX:
            return NotSealed("too large")
        return envelope_of(await store.get(target.name))
    except ObjectNotFound:
        return None
    except NotSealed as error:
        return error


def _is_of(envelope: Envelope, secret: SecretReference) -> bool:
    return (envelope.secret.name, envelope.secret.vault) == (secret.name, secret.vault)


def _reference(secret: Secret) -> SecretReference:
    return SecretReference(name=secret.name, version=secret.version, vault=secret.vault)
