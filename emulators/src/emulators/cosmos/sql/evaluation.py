"""What an expression is once it can be run: a function of a document and the parameters."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.values import Value

Parameters: TypeAlias = Mapping[str, JsonValue]
Evaluator: TypeAlias = Callable[[JsonValue, Parameters], Value]
