"""What a handler tells beside its result, as JSON data of bounded size and without known secrets."""

from __future__ import annotations

import orjson
from pydantic_core import PydanticSerializationError, to_jsonable_python

from durable.concealing import CONCEALED
from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper
from durable.errors import PayloadTooLarge

DETAILS_BYTES_MAX = 32 * 1024


def details_of_failure(details: object) -> object:
    """Give details as JSON data, or words about why they can't be given: a failure is told in any case."""
    try:
        data = CONCEALED.data(to_jsonable_python(details, fallback=str))
        size = len(orjson.dumps(data))
    except (PydanticSerializationError, TypeError, ValueError) as error:
        return CONCEALED.text(f"the details are no JSON data: {error}")
    return data if size <= DETAILS_BYTES_MAX else f"the details are left out: {size} bytes of JSON are too many"


def detail_of_heartbeat(detail: object) -> object:
    """Give a detail as JSON data.

    Raises:
        TypeError: it does not serialise to JSON.
        PayloadTooLarge: it is larger than `DETAILS_BYTES_MAX`, or nested too deep.
    """
    if detail is None:
        return None
    try:
        data = CONCEALED.data(to_jsonable_python(detail))
        size = len(orjson.dumps(data))
    except (PydanticSerializationError, TypeError, ValueError) as error:
        raise TypeError(
            f"expected a detail that serialises to JSON; found a {type(detail).__name__}: {error}"
        ) from error
    if size > DETAILS_BYTES_MAX:
        raise PayloadTooLarge(
            f"expected a detail of at most {DETAILS_BYTES_MAX} bytes as JSON; found {size}. "
            "Put it into the object store and tell its name"
        )
    if is_deeper(data, PAYLOAD_DEPTH_MAX):
        raise PayloadTooLarge(f"expected a detail nested at most {PAYLOAD_DEPTH_MAX} levels deep; found more")
    return data
