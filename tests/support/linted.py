"""Linting a few lines as the body of a saga."""

from __future__ import annotations

from textwrap import dedent, indent

from durable.lint import Finding, lint_source

HEAD = "from datetime import timedelta\nfrom durable import Activity, SagaContext, saga\n"
SIGNATURE = '@saga("s")\nasync def s(ctx: SagaContext, request: Request) -> None:\n'


def module(body: str, *, before: str = "") -> str:
    """Give the source of a module with one saga."""
    return f"{HEAD}{dedent(before)}\n{SIGNATURE}{indent(dedent(body).strip(), '    ')}\n"


def findings(body: str, *, before: str = "") -> list[Finding]:
    """Lint lines as the body of a saga, with other lines of the module before it."""
    return lint_source(module(body, before=before)).findings


def codes(body: str, *, before: str = "") -> list[str]:
    """Give the codes found in the body of a saga."""
    return [found.code.id for found in findings(body, before=before)]


def codes_of(source: str) -> list[str]:
    """Give the codes found in a module."""
    return [found.code.id for found in lint_source(dedent(source)).findings]
