"""Completions without a model: a rule for each prompt of the catalogue, and an honest word for the rest.

1. This is no language model: `MODEL` says so in each result. A rule picks from what the text says and makes nothing up.
2. Tokens are words and signs, counted here, so that limits and figures mean something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from contracts.language import Tokens
from durable import NonRetryable
from durable.worker.threads import Threads
from language_worker.chat import Completion, Sampling
from language_worker.prompts.filling import FilledPrompt, Value
from language_worker.providers.embedded_extracts import answer_of, summary_of
from language_worker.providers.embedded_invoices.fields import invoice_json_of

MODEL = "rules-v1 (no language model)"
_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])")

Rule = Callable[[Mapping[str, Value]], str]


def _answer_again(values: Mapping[str, Value]) -> str:
    """Say again what a rule has read: it would read the same."""
    return str(values["answer"])


# By the name of the prompt: a rule serves all its versions.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "answer-question": answer_of,
        "extract-invoice": invoice_json_of,
        "repair-invoice": _answer_again,
        "summarize": summary_of,
    }
)


class EmbeddedChat:
    """Completes prompts by rules, in threads of this process."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def complete(self, prompt: FilledPrompt, sampling: Sampling) -> Completion:
        rule = RULES.get(prompt.prompt.name)
        if rule is None:
            raise NonRetryable(
                f"expected a prompt that the embedded provider has a rule for ({', '.join(RULES)}); found "
                f"{prompt.prompt.name!r}: set CHAT_PROVIDER=azure"
            )
        if sampling.model is not None:
            raise NonRetryable(f"expected no model, as the embedded provider has none; found {sampling.model!r}")
        text = await self._threads.run(rule, prompt.values)
        asked = len(_TOKEN.findall(prompt.system)) + len(_TOKEN.findall(prompt.user))
        return _cut(text, asked, sampling.max_tokens)


def _cut(text: str, asked: int, tokens_max: int) -> Completion:
    tokens = [match.end() for match in _TOKEN.finditer(text)]
    if len(tokens) <= tokens_max:
        return Completion(text, MODEL, "stop", Tokens(prompt=asked, completion=len(tokens)))
    return Completion(text[: tokens[tokens_max - 1]], MODEL, "length", Tokens(prompt=asked, completion=tokens_max))
