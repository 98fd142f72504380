"""Invoices out of documents: what is asked of a model, how its answer is read, and that it is asked once again.

1. An answer is one JSON object, and an `Invoice` with all its rules, or it is not taken: nothing is guessed or mended.
2. What is wrong with an answer is told to the model once, with the document; what it then answers is final.
3. A document that is no valid invoice fails for good, with every reason. A model that spoke no JSON may do so later.
"""

from __future__ import annotations

import json
from decimal import Decimal

from pydantic import ValidationError

from contracts.invoices import InvalidInvoice, Invoice, reasons_of
from contracts.language import PromptVersion
from durable import NonRetryable
from durable.errors import TransientError
from language_worker.chat import Chat, Sampling
from language_worker.prompts.catalogue import prompt_of
from language_worker.prompts.filling import FilledPrompt, fill

PROMPT = "extract-invoice"
REPAIR = PromptVersion(name="repair-invoice", version=1)
_DEPTH_MAX = 8


class UnreadableAnswer(TransientError):
    """A model answered with something else than a JSON object."""


async def invoice_of(document: str, version: int, max_tokens: int, chat: Chat) -> Invoice:
    """Read the invoice of a Markdown document.

    Raises:
        InvalidInvoice: it is none; with all reasons.
        NonRetryable: there is no such version of the prompt, or the answer takes more than `max_tokens`.
        UnreadableAnswer: the model answered, also when it was asked again, with something else than JSON.
    """
    sampling = Sampling(max_tokens=max_tokens, temperature=0.1, top_p=0.1)
    prompt = prompt_of(PromptVersion(name=PROMPT, version=version))
    answer = await _answer(chat, fill(prompt, {"document": document}), sampling)
    try:
        return read_invoice(answer)
    except InvalidInvoice as error:
        reasons = "\n".join(error.reasons)
    except UnreadableAnswer as error:
        reasons = str(error)
    values = {"document": document, "answer": answer, "reasons": reasons}
    return read_invoice(await _answer(chat, fill(prompt_of(REPAIR), values), sampling))


def read_invoice(answer: str) -> Invoice:
    """Read an answer.

    Raises:
        InvalidInvoice: it is no valid invoice.
        UnreadableAnswer: it is no JSON object.
    """
    try:
        fields = json.loads(answer, parse_float=Decimal)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise UnreadableAnswer("expected a JSON object, and nothing around it, as answer; found something else")
    try:
        return Invoice.model_validate(_without_nulls(fields, _DEPTH_MAX))
    except ValidationError as error:
        raise InvalidInvoice(reasons_of(error)) from None


def _without_nulls(value: object, depth: int) -> object:
    """Leave out what is null, so that it is told to be missing."""
    if isinstance(value, dict) and depth:
        return {name: _without_nulls(each, depth - 1) for name, each in value.items() if each is not None}
    if isinstance(value, list) and depth:
        return [_without_nulls(each, depth - 1) for each in value]
    return value


async def _answer(chat: Chat, prompt: FilledPrompt, sampling: Sampling) -> str:
    completion = await chat.complete(prompt, sampling)
    if completion.finish_reason == "length":
        raise NonRetryable(
            f"expected an answer to prompt {prompt.prompt.id} of at most {sampling.max_tokens} tokens; found one that "
            "was cut short: ask for more by max_tokens, or for an invoice with fewer lines"
        )
    return completion.text
