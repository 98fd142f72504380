"""The object stores of a deployment by name: what handlers get that are told in which store an object lies."""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import NonRetryable
from durable.objects import ObjectStore
from durable.settings import MAIN_STORE


class ObjectStores:
    """The object stores of a deployment by name; the main one is where files and large payloads of the services lie.

    A handler reaches the stores that its deployment names, whatever its input asks for.
    """

    def __init__(self, main: ObjectStore, others: Mapping[str, ObjectStore]) -> None:
        self.main = main
        self._stores = {**others, MAIN_STORE: main}

    def __getitem__(self, name: str) -> ObjectStore:
        """Give the store of a name.

        Raises:
            NonRetryable: the deployment names no such store.
        """
        store = self._stores.get(name)
        if store is None:
            known = ", ".join(sorted(self._stores))
            raise NonRetryable(f"expected one of the stores {known}; found {name!r}: see setting OBJECT_STORES")
        return store
