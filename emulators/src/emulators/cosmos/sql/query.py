"""A query with its parameters, as clients send it."""

import re
from dataclasses import dataclass
from datetime import datetime

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.sql.ast import Node, Select
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.evaluation import Parameters
from emulators.cosmos.sql.now import present
from emulators.cosmos.sql.parser import parse

_ASKS_FOR_TIME = re.compile("getcurrent", re.IGNORECASE)
_COUNT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Query:
    """`limit` is what TOP or LIMIT says, whichever is there."""

    select: Select
    parameters: Parameters
    offset: int
    limit: int | None


def query_of(body: bytes, now: datetime) -> Query:
    """Read the body of a query request, which is served at the time `now`."""
    content = decode_object(body)
    text = content.get("query")
    if not isinstance(text, str):
        raise CosmosError(400, "A query request needs 'query', a text.")
    select = parse(text)
    parameters = _parameters(content)
    if _ASKS_FOR_TIME.search(text):
        parameters = {**parameters, **present(now)}
    limit = _count(select.top if select.top is not None else select.limit, parameters)
    return Query(select, parameters, _count(select.offset, parameters) or 0, limit)


def _parameters(content: JsonObject) -> Parameters:
    given = content.get("parameters") or []
    entries = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    return {str(entry.get("name")): entry.get("value") for entry in entries}


def _count(node: Node | None, parameters: Parameters) -> int | None:
    if node is None:
        return None
    value: object = evaluator(node)({}, parameters)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _COUNT_MAX:
        raise CosmosError(400, f"TOP, OFFSET and LIMIT take a whole number from 0 to {_COUNT_MAX}, found {value!r}.")
    return value
