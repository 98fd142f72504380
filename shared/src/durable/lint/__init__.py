"""The linter for saga code: finds what a replay would do differently, and says what to write instead.

The way of a module: `binding` notes what its names mean, `saga_code` tells which functions count, `rules` look at each
node of them, `suppressions` take back what the author has a reason for. It reads source and never imports it.
"""

from durable.lint.codes import CODES, Code
from durable.lint.files import Report, lint_paths
from durable.lint.findings import Finding
from durable.lint.linter import Linted, lint_source

__all__ = ["CODES", "Code", "Finding", "Linted", "Report", "lint_paths", "lint_source"]
