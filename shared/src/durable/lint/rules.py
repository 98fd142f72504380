"""Every rule of the linter; each is a function of a node and its place, in a file of its own family."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from durable.lint.awaiting import dropped, unread, unspawned
from durable.lint.chance import drawn, unseeded
from durable.lint.clock import wall_clock
from durable.lint.endless import endless
from durable.lint.environment import surroundings
from durable.lint.findings import Finding
from durable.lint.identity import identity
from durable.lint.input_output import outside, through_paths
from durable.lint.logs import logged, printed
from durable.lint.outer_state import outer_state
from durable.lint.set_order import set_order
from durable.lint.swallowing import swallowed
from durable.lint.threads import concurrency
from durable.lint.walking import Place

Rule = Callable[[ast.AST, Place], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    wall_clock,
    drawn,
    unseeded,
    outside,
    through_paths,
    concurrency,
    surroundings,
    set_order,
    identity,
    dropped,
    unread,
    unspawned,
    swallowed,
    outer_state,
    endless,
    printed,
    logged,
)
