"""Which prompts there are. A new prompt, or a new version of one, has its line here; none is ever taken out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.language import PromptVersion
from durable import NonRetryable
from language_worker.prompts.answer_question import ANSWER_QUESTION_1
from language_worker.prompts.extract_invoice import EXTRACT_INVOICE_1, REPAIR_INVOICE_1
from language_worker.prompts.prompt import Prompt
from language_worker.prompts.summarize import SUMMARIZE_1

CATALOGUE: Mapping[str, Prompt] = MappingProxyType(
    {
        prompt.id: prompt
        for prompt in (
            ANSWER_QUESTION_1,
            EXTRACT_INVOICE_1,
            REPAIR_INVOICE_1,
            SUMMARIZE_1,
        )
    }
)


def prompt_of(asked: PromptVersion) -> Prompt:
    """Find a prompt.

    Raises:
        NonRetryable: the catalogue has none of this name, or not this version.
    """
    found = CATALOGUE.get(f"{asked.name}/{asked.version}")
    if found is None:
        raise NonRetryable(f"expected one of the prompts {', '.join(CATALOGUE)}; found {asked.name}/{asked.version}")
    return found


def listed() -> list[dict[str, object]]:
    """List the catalogue as plain data: what each prompt is for, what it takes, and its digest."""
    return [
        {
            "name": prompt.name,
            "version": prompt.version,
            "about": prompt.about,
            "variables": {
                name: {"kind": variable.kind.value, "about": variable.about}
                for name, variable in prompt.variables.items()
            },
            "digest": prompt.digest,
        }
        for prompt in CATALOGUE.values()
    ]
