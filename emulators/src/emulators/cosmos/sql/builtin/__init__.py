"""The built-in functions of the query language, a module for each family.

1. An argument of the wrong type, or an undefined one, makes the result undefined; tests of a type (IS_...) are never
   undefined.
2. Names are held in upper case; whoever asks for a function may write it in any.
"""

from emulators.cosmos.sql.builtin.arrays import ARRAY_FUNCTIONS
from emulators.cosmos.sql.builtin.function import Function
from emulators.cosmos.sql.builtin.moments import DATE_FUNCTIONS
from emulators.cosmos.sql.builtin.numbers import NUMBER_FUNCTIONS
from emulators.cosmos.sql.builtin.texts import TEXT_FUNCTIONS
from emulators.cosmos.sql.builtin.types import TYPE_FUNCTIONS

FUNCTIONS: dict[str, Function] = {
    **TYPE_FUNCTIONS,
    **TEXT_FUNCTIONS,
    **NUMBER_FUNCTIONS,
    **ARRAY_FUNCTIONS,
    **DATE_FUNCTIONS,
}

__all__ = ["FUNCTIONS", "Function"]
