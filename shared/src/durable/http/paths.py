"""A part of a path that holds any text: `{name:text}`.

The framework's own `path` leaves out line breaks, so that such a name would be answered as an unknown route rather than
by the rule that it breaks.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class _Text(Convertor[str]):
    regex = r"(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def allow_text_in_paths() -> None:
    """Make `{name:text}` known to every route declared from here on. Idempotent."""
    register_url_convertor("text", _Text())
