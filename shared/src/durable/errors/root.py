"""The root of the tree, and what authors must mend."""

from __future__ import annotations


class DurableError(Exception):
    """The root: whatever this system raises on purpose."""


class AuthorError(DurableError):
    """The code of a saga or a handler is wrong."""
