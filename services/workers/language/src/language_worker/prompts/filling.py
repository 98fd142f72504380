r"""How a prompt is filled in.

1. The template is read once; what a value holds is never read as part of it, whatever braces stand in there.
2. A variable that stands between `<name>` and `</name>` in the template can't close that tag: `<\/name>` is written.
3. What is wrong with the variables is told all at once, without their values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from durable import NonRetryable
from language_worker.prompts.prompt import PLACEHOLDER, Kind, Prompt, Variable

LINE_CHARACTERS_MAX = 500
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class FilledPrompt:
    """A prompt with the values of its variables, and the two messages that come of it."""

    prompt: Prompt
    values: Mapping[str, Value]
    system: str
    user: str


def fill(prompt: Prompt, values: Mapping[str, Value]) -> FilledPrompt:
    """Fill in a prompt.

    Raises:
        NonRetryable: variables are missing, unknown or not of their kind.
    """
    faults = [fault for name, variable in prompt.variables.items() if (fault := _fault(name, variable, values))]
    faults += [f"{name}: the prompt has no such variable" for name in sorted(set(values) - set(prompt.variables))]
    if faults:
        raise NonRetryable(f"expected the variables of prompt {prompt.id}; found {'; '.join(faults)}")

    def value_of(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        return re.sub(rf"</(?={name}\s*>)", r"<\/", str(values[name]), flags=re.IGNORECASE)

    return FilledPrompt(prompt, dict(values), prompt.system, PLACEHOLDER.sub(value_of, prompt.user))


def _fault(name: str, variable: Variable, values: Mapping[str, Value]) -> str | None:
    if name not in values:
        return f"{name}: none, expected {_EXPECTED[variable.kind]}"
    value = values[name]
    if variable.kind is Kind.NUMBER:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    else:
        fits = isinstance(value, str) and bool(value.strip())
        if fits and variable.kind is Kind.LINE:
            text = str(value)
            fits = len(text) <= LINE_CHARACTERS_MAX and len(text.splitlines()) == 1
    return None if fits else f"{name}: another kind of value, expected {_EXPECTED[variable.kind]}"


_EXPECTED = {
    Kind.LINE: f"one line of text of at most {LINE_CHARACTERS_MAX} characters",
    Kind.TEXT: "text",
    Kind.NUMBER: "a number",
}
