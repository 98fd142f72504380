"""Queries and filters by chance, right in their grammar more often than not."""

from random import Random

from emulators.cosmos.sql.builtin import FUNCTIONS

_VALUES = ["1", "0", "-1", "1e308", "0.5", "'a'", "''", "'a%_'", "true", "null", "undefined", "[1, 2]", '{"a": 1}']
_PATHS = ["c", "c.id", "c.rank", "c.kind", "c.numbers", "c.text", "c.numbers[0]", "c.nothing.at.all", "c['a b']"]
_OPERATORS = ["+", "-", "*", "/", "%", "||", "=", "!=", "<", ">=", "AND", "OR", "??", "&", "|", "^", "<<", ">>", ">>>"]
_SHAPES = [
    "SELECT * FROM c WHERE {e}",
    "SELECT VALUE {e} FROM c",
    "SELECT TOP 3 {e} AS a, {e} AS b FROM c WHERE {e}",
    "SELECT DISTINCT VALUE {e} FROM c",
    "SELECT VALUE COUNT({e}) FROM c WHERE {e}",
    "SELECT c.kind, SUM({e}) AS s FROM c GROUP BY c.kind",
    "SELECT VALUE n FROM c JOIN n IN c.numbers WHERE {e}",
    "SELECT VALUE ARRAY(SELECT VALUE n FROM n IN c.numbers WHERE {e}) FROM c",
    "SELECT * FROM c WHERE EXISTS(SELECT VALUE 1 FROM n IN c.numbers WHERE {e})",
    "SELECT * FROM c WHERE {e} ORDER BY c.rank DESC OFFSET 1 LIMIT 2",
    "SELECT VALUE {e}",
]
_PROPERTIES = ["a", "sys.Label", "sys.MessageId", "user.a", "[a b]", '"q"', "property('a')", "sys.SessionId"]
_LITERALS = ["1", "-2.5", "1e300", "'text'", "'a%_b'", "TRUE", "NULL", "0x7F"]
_SIGNS = ["+", "-", "*", "/", "%", "=", "<>", "<", ">=", "AND", "OR", "LIKE"]


def random_query(chance: Random) -> str:
    """A query of the Cosmos DB endpoint."""
    shape = chance.choice(_SHAPES)
    while "{e}" in shape:
        shape = shape.replace("{e}", expression(chance, 0), 1)
    return shape


def expression(chance: Random, depth: int) -> str:
    """An expression of that language."""
    if depth > 3 or chance.random() < 0.3:
        return chance.choice(chance.choice([_VALUES, _PATHS]))
    inner = [expression(chance, depth + 1) for _ in range(3)]
    match chance.randrange(8):
        case 0 | 1:
            name = chance.choice(sorted(FUNCTIONS))
            known = FUNCTIONS[name]
            arguments = [expression(chance, depth + 1) for _ in range(chance.randint(known.low, min(known.high, 4)))]
            return f"{name}({', '.join(arguments)})"
        case 2:
            return f"({inner[0]} ? {inner[1]} : {inner[2]})"
        case 3:
            return f"({inner[0]} {chance.choice(['IN', 'NOT IN'])} ({inner[1]}, {inner[2]}))"
        case 4:
            return f"({inner[0]} BETWEEN {inner[1]} AND {inner[2]})"
        case 5:
            return f"({inner[0]} LIKE {inner[1]})"
        case 6:
            return f"{chance.choice(['NOT ', '-', '~'])}({inner[0]})"
    return f"({inner[0]} {chance.choice(_OPERATORS)} {inner[1]})"


def random_condition(chance: Random, depth: int = 0) -> str:
    """A filter of a subscription."""
    if depth > 3 or chance.random() < 0.25:
        return chance.choice(chance.choice([_LITERALS, _PROPERTIES]))
    one, other = random_condition(chance, depth + 1), random_condition(chance, depth + 1)
    match chance.randrange(6):
        case 0:
            return f"NOT ({one})"
        case 1:
            return f"({one}) IS {chance.choice(['', 'NOT '])}NULL"
        case 2:
            return f"({one}) {chance.choice(['', 'NOT '])}IN ({other}, {chance.choice(_LITERALS)})"
        case 3:
            return f"EXISTS({chance.choice(_PROPERTIES)})"
    return f"({one}) {chance.choice(_SIGNS)} ({other})"
