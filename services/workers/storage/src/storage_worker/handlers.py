"""The activities of the storage worker.

1. Every write replaces what lies there, every deletion takes what is gone for deleted: an activity may run again.
2. What a store or a provider raises passes through. Nothing is reported as written that was not.
3. Content passes through chunk by chunk and stands in no result, but for texts that are short by contract.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from contracts.storage import (
    CHECK_OBJECT,
    COPY_OBJECT,
    DELETE_LOCATIONS,
    FIND_OBJECT,
    LIST_PAGE,
    READ_TEXT,
    SIGN_URL,
    WRITE_TEXT,
    CheckedObject,
    CopyObject,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
    ListPage,
    ObjectPage,
    ReadText,
    SignedUrl,
    SignUrl,
    StoredObject,
    TextContent,
    WriteText,
)
from contracts.tables import DELETE_ENTITY, READ_ENTITY, WRITE_ENTITY, EntityKey, FoundEntity, TableEntity
from durable import NonRetryable
from durable.errors import ObjectNotFound
from durable.ports import Clock
from durable.stores import ObjectStores
from durable.worker import ActivityContext, Worker
from storage_worker.copying import copy_object, read_bounded, read_through, telling_gone
from storage_worker.links import Links
from storage_worker.listing import list_objects
from storage_worker.tables import Tables

worker = Worker("storage")


@worker.handles(COPY_OBJECT)
async def copy(request: CopyObject, stores: ObjectStores, ctx: ActivityContext) -> StoredObject:
    """Copy an object within a store or between two."""
    return await copy_object(stores, request.source, request.target, lambda size: ctx.heartbeat({"bytes": size}))


@worker.handles(FIND_OBJECT)
async def find(request: FindObject, stores: ObjectStores) -> FoundObject:
    """Tell whether there is an object, and how large it is."""
    try:
        info = await stores[request.object.store].info(request.object.name)
    except ObjectNotFound:
        return FoundObject(size=None)
    return FoundObject(size=info.size)


@worker.handles(CHECK_OBJECT)
async def check(expected: StoredObject, stores: ObjectStores, ctx: ActivityContext) -> CheckedObject:
    """Read an object back; one that holds something else than it should fails for good."""
    found = await read_through(stores, expected.object, lambda size: ctx.heartbeat({"bytes": size}))
    if (found.size, found.sha256) != (expected.size, expected.sha256):
        raise NonRetryable(
            f"expected object {expected.object.name!r} to hold {expected.size} bytes with SHA-256 {expected.sha256}; "
            f"found {found.size} bytes with {found.sha256}"
        )
    return CheckedObject(object=expected.object, size=found.size)


@worker.handles(READ_TEXT)
async def read_text(request: ReadText, stores: ObjectStores) -> TextContent:
    """Read a short text."""
    content = await read_bounded(stores[request.source.store], request.source, request.bytes_max)
    try:
        return TextContent(text=content.decode("utf-8-sig"), size=len(content))
    except UnicodeDecodeError as error:
        raise NonRetryable(
            f"expected object {request.source.name!r} to be text in UTF-8; found a byte at {error.start} that is none"
        ) from error


@worker.handles(WRITE_TEXT)
async def write_text(request: WriteText, stores: ObjectStores) -> StoredObject:
    """Write a short text."""
    content = request.text.encode()
    await stores[request.target.store].put(request.target.name, content)
    return StoredObject(object=request.target, size=len(content), sha256=hashlib.sha256(content).hexdigest())


@worker.handles(LIST_PAGE)
async def list_page(request: ListPage, stores: ObjectStores) -> ObjectPage:
    """List one page of a store."""
    return await list_objects(stores[request.store], request)


@worker.handles(DELETE_LOCATIONS)
async def delete(request: DeleteLocations, stores: ObjectStores) -> DeletedLocations:
    """Remove objects; no store is asked before all of them are known."""
    for store, name in [(stores[location.store], location.name) for location in request.objects]:
        await store.delete(name)
    return DeletedLocations(count=len(request.objects))


@worker.handles(SIGN_URL)
async def sign_url(request: SignUrl, stores: ObjectStores, links: Links, clock: Clock) -> SignedUrl:
    """Sign the address of an object and write it to another; nothing else ever holds it."""
    store, target = stores[request.source.store], stores[request.target.store]
    if store is target and request.source.name == request.target.name:
        raise NonRetryable(f"expected a target other than the source; found {request.source.name!r} for both")
    with telling_gone(request.source):
        await store.info(request.source.name)
    lifetime = timedelta(seconds=request.seconds)
    expires_at = clock.now() + lifetime
    url = await links.url(request.source, lifetime)
    await target.put(request.target.name, f"{url}\n".encode())
    return SignedUrl(target=request.target, expires_at=expires_at)


@worker.handles(WRITE_ENTITY)
async def write_entity(entity: TableEntity, tables: Tables) -> EntityKey:
    """Write an entity, in place of an older one."""
    await tables.write(entity)
    return EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)


@worker.handles(READ_ENTITY)
async def read_entity(key: EntityKey, tables: Tables) -> FoundEntity:
    """Read an entity."""
    return FoundEntity(entity=await tables.read(key))


@worker.handles(DELETE_ENTITY)
async def delete_entity(key: EntityKey, tables: Tables) -> EntityKey:
    """Remove an entity; one that is gone is no error."""
    await tables.delete(key)
    return key
