"""The nodes of a parsed query. Plain data; what they mean is said in `evaluate`."""

from dataclasses import dataclass
from typing import TypeAlias

from emulators.cosmos.jsonvalue import JsonValue


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, with its `@`."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A property of the document; without steps the document itself."""

    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that the endpoint binds by name: an element of a joined array, the time, the result of an aggregate."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A property or element of a value that is not the document itself, or one whose name is known only later."""

    source: "Node"
    key: "Node"


@dataclass(frozen=True, slots=True)
class Calculation:
    """One of `+ - * / % || & | ^ << >> >>>`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE; without an escape character that is an empty text."""

    value: "Node"
    pattern: "Node"
    escape: "Node"


@dataclass(frozen=True, slots=True)
class Conditional:
    """`test ? yes : no`."""

    test: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Coalesced:
    """`first ?? second`: the second if the first is undefined."""

    first: "Node"
    second: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """AND over two or more operands."""

    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """OR over two or more operands."""

    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of `= != < <= > >=`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """Equal to one of the options."""

    value: "Node"
    options: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Between:
    """Within two bounds, both included."""

    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function, its name in upper case."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT, COUNTIF, SUM, AVG, MIN or MAX over all selected rows, or those of a group."""

    name: str
    argument: "Node"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """An array constructor."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object constructor, and the columns of a projection."""

    entries: "tuple[tuple[str, Node], ...]"


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query over one document: its only result ("VALUE"), all of them ("ARRAY"), or whether any is ("EXISTS")."""

    kind: str
    select: "Select"


Node: TypeAlias = (
    Literal
    | Parameter
    | Path
    | Variable
    | Member
    | Calculation
    | Like
    | Conditional
    | Coalesced
    | Not
    | And
    | Or
    | Comparison
    | In
    | Between
    | Call
    | Aggregate
    | ArrayOf
    | ObjectOf
    | Subquery
)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One expression of ORDER BY."""

    path: Path
    descending: bool


@dataclass(frozen=True, slots=True)
class Join:
    """`JOIN name IN source`: the rows so far, once for each element of the array; or once for the value as a whole."""

    name: str
    source: Node
    as_whole: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A whole query. `value` is what each row becomes: `Path(())` for `SELECT *`; without FROM there is one row."""

    alias: str
    has_source: bool
    joins: tuple[Join, ...]
    is_distinct: bool
    value: Node
    is_value: bool
    where: Node | None
    groups: tuple[Node, ...]
    order: tuple[SortKey, ...]
    top: Node | None
    offset: Node | None
    limit: Node | None
    aggregates: tuple[Aggregate, ...]
