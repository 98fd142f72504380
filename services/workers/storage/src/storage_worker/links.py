"""Signed URLs as the handlers see them: addresses under which anyone can read one object for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from contracts.locations import Location
from durable import NonRetryable


class Links(Protocol):
    """Signs addresses of objects. An address is a secret until it expires: it goes into no log, result or message."""

    async def url(self, location: Location, lifetime: timedelta) -> str:
        """Sign an address; whether there is such an object is not looked at.

        Raises:
            NonRetryable: the provider refuses.
            TransientError, RetryAfter: another attempt may help.
        """


class LinksOfStores:
    """Signs by whatever the store of an object is reached with."""

    def __init__(self, links: Mapping[str, Links]) -> None:
        self._links = links

    async def url(self, location: Location, lifetime: timedelta) -> str:
        if location.store not in self._links:
            raise NonRetryable(f"expected one of the stores {', '.join(sorted(self._links))}; found {location.store!r}")
        return await self._links[location.store].url(location, lifetime)
