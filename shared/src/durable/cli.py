"""The command `durable`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from durable.lint.command import add_lint


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, `sys.argv` unless given, and give its exit code."""
    parser = argparse.ArgumentParser(prog="durable", description="Tools for authors of durable sagas.")
    add_lint(parser.add_subparsers(title="commands", required=True, metavar="COMMAND"))
    parsed = parser.parse_args(arguments)
    return int(parsed.run(parsed))
