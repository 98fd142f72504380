from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
from dishka import Provider, Scope

from contracts.invoices import EXTRACT_INVOICE, ExtractInvoice, InvalidInvoice, Invoice
from contracts.language import PromptVersion, Tokens
from contracts.locations import Location
from documents_worker.markdown import markdown_of
from durable import NonRetryable
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from durable.settings import Environment
from language_worker.chat import Chat, Completion, Sampling
from language_worker.handlers import worker
from language_worker.invoices import UnreadableAnswer, invoice_of, read_invoice
from language_worker.parts import parts_from
from language_worker.prompts.catalogue import prompt_of
from language_worker.prompts.filling import FilledPrompt
from samples.invoice_data import CHANDLER
from tests.support.handlers import Calls, calls_to
from tests.support.invoice_samples import BAD, GOOD, invoice_sample

ANSWER = orjson.dumps(CHANDLER).decode()
WRONG = orjson.dumps({**CHANDLER, "total": "1.00"}).decode()


class ScriptedChat:
    """Answers what the test says, in its order, and keeps what it was asked."""

    def __init__(self, *answers: str, reason: Literal["stop", "length"] = "stop") -> None:
        self._answers = deque(answers)
        self._reason = reason
        self.asked: list[tuple[FilledPrompt, Sampling]] = []

    async def complete(self, prompt: FilledPrompt, sampling: Sampling) -> Completion:
        self.asked.append((prompt, sampling))
        return Completion(self._answers.popleft(), "scripted", self._reason, Tokens(prompt=1, completion=1))


async def ask(chat: ScriptedChat) -> Invoice:
    return await invoice_of("# Invoice", 1, 4_096, chat)


async def test_an_answer_that_is_an_invoice_is_taken() -> None:
    chat = ScriptedChat(ANSWER)

    assert await ask(chat) == Invoice.model_validate(CHANDLER)
    ((prompt, sampling),) = chat.asked
    assert (prompt.prompt.id, sampling.max_tokens, sampling.temperature) == ("extract-invoice/1", 4_096, 0.1)


@pytest.mark.parametrize("bad", [WRONG, "I think it is:", f"```json\n{ANSWER}\n```", "[]", "{", "{}", '"x"', "NaN"])
async def test_a_bad_answer_is_sent_back_once_with_the_reasons(bad: str) -> None:
    chat = ScriptedChat(bad, ANSWER)

    assert await ask(chat) == Invoice.model_validate(CHANDLER)
    (_, (repair, _)) = chat.asked
    assert repair.prompt.id == "repair-invoice/1"
    assert repair.values["answer"] == bad
    assert "expected" in str(repair.values["reasons"])


async def test_a_second_bad_answer_is_final_with_the_reasons_against_it() -> None:
    chat = ScriptedChat("{}", WRONG)

    with pytest.raises(InvalidInvoice) as caught:
        await ask(chat)

    assert caught.value.reasons == ["total: expected 2789.93, the subtotal 2324.94 and taxes of 464.99; found 1.00"]
    assert len(chat.asked) == 2


async def test_a_model_that_speaks_no_json_may_be_asked_another_time() -> None:
    with pytest.raises(UnreadableAnswer, match="expected a JSON object"):
        await ask(ScriptedChat("no", "no"))


async def test_an_answer_that_was_cut_short_is_not_read() -> None:
    with pytest.raises(NonRetryable, match="of at most 4096 tokens; found one that was cut short"):
        await ask(ScriptedChat(ANSWER, reason="length"))


def test_figures_of_an_answer_keep_all_their_digits() -> None:
    answer = ANSWER.replace('"12"', "12").replace('"84.50"', "84.50").replace('"1014.00"', "1014.000000")

    assert read_invoice(answer) == Invoice.model_validate(CHANDLER)


def test_a_deep_or_long_answer_is_no_invoice() -> None:
    with pytest.raises(UnreadableAnswer):
        read_invoice("[" * 100_000)
    with pytest.raises(InvalidInvoice):
        read_invoice('{"products": [' + ",".join(["{}"] * 5_000) + "]}")


def test_the_prompt_names_every_field_of_an_invoice() -> None:
    system = prompt_of(PromptVersion(name="extract-invoice", version=1)).system

    schema = Invoice.model_json_schema()
    names = {*schema["properties"], *(name for each in schema["$defs"].values() for name in each["properties"])}
    assert [name for name in sorted(names) if name not in system] == []


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    async with calls_to(worker, objects, *parts_from(Environment({})).providers) as calls:
        yield calls


async def extract(calls: Calls, objects: ObjectStore, entry: dict[str, Any]) -> Any:
    markdown = markdown_of(invoice_sample(entry["file"]), entry["media_type"])
    await objects.put("in/invoice.md", markdown.encode())
    return await calls.call(EXTRACT_INVOICE, ExtractInvoice(source=Location(name="in/invoice.md")))


async def test_without_a_model_the_activity_reads_the_samples_by_rules(calls: Calls, objects: ObjectStore) -> None:
    for entry in GOOD:
        assert await extract(calls, objects, entry) == Invoice.model_validate(entry["invoice"]), entry["file"]


async def test_an_invalid_invoice_fails_for_good_with_its_reasons_as_data(calls: Calls, objects: ObjectStore) -> None:
    for entry in BAD:
        failure = await extract(calls, objects, entry)

        assert isinstance(failure, Failure)
        assert failure.matches("InvalidInvoice")
        assert not failure.retryable
        assert failure.details == {"reasons": entry["reasons"]}


async def test_with_a_model_the_activity_asks_it(objects: ObjectStore) -> None:
    await objects.put("in/invoice.md", b"# An invoice")
    chat = ScriptedChat(WRONG, ANSWER)
    scripted = Provider(scope=Scope.APP)
    scripted.provide(lambda: chat, provides=Chat)

    async with calls_to(worker, objects, *parts_from(Environment({})).providers, scripted) as calls:
        invoice = await calls.call(EXTRACT_INVOICE, ExtractInvoice(source=Location(name="in/invoice.md")))

    assert invoice == Invoice.model_validate(CHANDLER)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (ExtractInvoice(source=Location(name="in/none.md")), "none.md"),
        (ExtractInvoice(source=Location(name="in/blank.md")), "found nothing but white space"),
        (ExtractInvoice(source=Location(name="in/text.md"), prompt_version=9), "found extract-invoice/9"),
        (ExtractInvoice(source=Location(store="moon", name="a")), "expected one of the stores main; found 'moon'"),
    ],
)
async def test_what_cannot_be_asked_fails_for_good(
    calls: Calls, objects: ObjectStore, request_: ExtractInvoice, told: str
) -> None:
    await objects.put("in/blank.md", b" \n")
    await objects.put("in/text.md", b"Ahoy")

    failure = await calls.call(EXTRACT_INVOICE, request_)

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert told in failure.message
