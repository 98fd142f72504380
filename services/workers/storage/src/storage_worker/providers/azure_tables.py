"""Tables of Azure Table Storage, by its SDK.

1. The SDK asks again when no answer came; what the service answers is told at once, so that the policy of the saga
   decides, and the worker is free meanwhile.
2. JSON is stored as text, which any other reader of the table can read; `json_properties` says which texts are JSON.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.identity.aio import DefaultAzureCredential

from contracts.tables import JSON_PROPERTIES, EntityKey, TableEntity
from durable import NonRetryable
from storage_worker.providers.azure_failures import telling

# What the SDK may do by itself: connect again, never wait for a service that said no.
PATIENCE: Mapping[str, Any] = {
    "retry_total": 2,
    "retry_status": 0,
    "retry_backoff_factor": 0.2,
    "connection_timeout": 10,
    "read_timeout": 30,
}


@asynccontextmanager
async def azure_tables(url: str, client_id: str) -> AsyncIterator[AzureTables]:
    """Open the tables of an account by identity."""
    async with DefaultAzureCredential(managed_identity_client_id=client_id or None) as credential:
        tables = AzureTables(url, credential)
        try:
            yield tables
        finally:
            await tables.close()


class AzureTables:
    """The tables of one storage account, asked by an identity; `options` go to the SDK."""

    def __init__(self, url: str, credential: AsyncTokenCredential, **options: Any) -> None:
        self._service = TableServiceClient(url, credential=credential, **{**PATIENCE, **options})

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()

    async def write(self, entity: TableEntity) -> None:
        with telling(f"table {entity.table!r}"):
            client = self._service.get_table_client(entity.table)
            try:
                await client.upsert_entity(_to_service(entity), mode=UpdateMode.REPLACE)
            except ResourceNotFoundError:
                await _create(client)
                await client.upsert_entity(_to_service(entity), mode=UpdateMode.REPLACE)

    async def read(self, key: EntityKey) -> TableEntity | None:
        with telling(f"table {key.table!r}"):
            client = self._service.get_table_client(key.table)
            try:
                found = await client.get_entity(key.partition_key, key.row_key)
            except ResourceNotFoundError:
                return None
            return _entity(key, found)

    async def delete(self, key: EntityKey) -> None:
        with telling(f"table {key.table!r}"):
            await self._service.get_table_client(key.table).delete_entity(key.partition_key, key.row_key)


async def _create(client: TableClient) -> None:
    try:
        await client.create_table()
    except ResourceExistsError:
        return  # Somebody else made it meanwhile.


def _entity(key: EntityKey, found: Mapping[str, Any]) -> TableEntity:
    try:
        return TableEntity(**key.model_dump(), properties=_from_service(found))
    except ValueError as error:  # Pydantic's errors are ValueErrors; so are those of JSON.
        raise NonRetryable(
            f"expected an entity of texts, numbers, bools, points in time and JSON in table {key.table!r}; "
            f"found one that somebody else has written: {error}"
        ) from error


def _to_service(entity: TableEntity) -> dict[str, Any]:
    properties = {name: _property(value) for name, value in entity.properties.items()}
    json = sorted(name for name, value in entity.properties.items() if isinstance(value, list | dict))
    if json:
        properties[JSON_PROPERTIES] = ",".join(json)
    return {"PartitionKey": entity.partition_key, "RowKey": entity.row_key, **properties}


def _property(value: object) -> object:
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return EntityProperty(value, EdmType.INT64)
    return value


def _from_service(found: Mapping[str, Any]) -> dict[str, Any]:
    json = set(str(found.get(JSON_PROPERTIES, "")).split(","))
    own = {"PartitionKey", "RowKey", "Timestamp", JSON_PROPERTIES}
    return {name: _value(value, is_json=name in json) for name, value in found.items() if name not in own}


def _value(value: Any, *, is_json: bool) -> Any:
    if is_json:
        return orjson.loads(value)
    if isinstance(value, EntityProperty):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value
