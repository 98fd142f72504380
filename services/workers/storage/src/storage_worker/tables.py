"""Tables as the handlers see them: entities by their keys, kept by a provider."""

from __future__ import annotations

from typing import Protocol

from contracts.tables import EntityKey, TableEntity


class Tables(Protocol):
    """Keeps entities.

    Any method raises `TransientError` or `RetryAfter` where another attempt may help, `NonRetryable` where none can.
    """

    async def write(self, entity: TableEntity) -> None:
        """Write an entity, in place of the one of its keys; its table is made if there is none."""

    async def read(self, key: EntityKey) -> TableEntity | None:
        """Give an entity; `None` if there is none of these keys, or no such table."""

    async def delete(self, key: EntityKey) -> None:
        """Remove an entity; one that is not there is no error."""
