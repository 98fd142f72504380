"""What a failure of the SDK means: refused for good, or not known.

1. Only a status that says that the store looked at the batch and wrote nothing is a refusal. All else is uncertain:
   a throttled operation, a time-out, a lost connection, a failing store, even missing permissions, which somebody may
   grant. Whoever repeats the identical batch learns what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from durable.errors import Refusal, WriteRefused, WriteUncertain

_REFUSALS = {
    400: Refusal.INVALID,
    404: Refusal.MISSING,
    409: Refusal.EXISTS,
    412: Refusal.CHANGED,
    413: Refusal.TOO_LARGE,
}
_REFUSALS_OF_THE_WHOLE = {400: Refusal.INVALID, 413: Refusal.TOO_LARGE}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Run a call of the SDK; `what` is what it is for, as the error shall say it."""
    try:
        yield
    except CosmosBatchOperationError as error:
        if refusal := _REFUSALS.get(error.status_code or 0):
            raise WriteRefused(error.error_index, refusal) from error
        raise WriteUncertain(f"{what}: operation {error.error_index} got status {error.status_code}") from error
    except CosmosHttpResponseError as error:
        if refusal := _REFUSALS_OF_THE_WHOLE.get(error.status_code or 0):
            raise WriteRefused(0, refusal, f"{what}: {_head(error)}") from error
        raise WriteUncertain(f"{what}: status {error.status_code}: {_head(error)}") from error
    except (AzureError, TimeoutError) as error:
        raise WriteUncertain(f"{what}: {type(error).__name__}: {_head(error)}") from error


def _head(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:300]
