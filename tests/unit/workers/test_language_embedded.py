import math
import time
from itertools import pairwise

import pytest

from contracts.language import AnalyzeText, PromptVersion
from durable import NonRetryable
from durable.worker.threads import Threads
from language_worker.chat import Completion, Sampling
from language_worker.prompts.catalogue import CATALOGUE, prompt_of
from language_worker.prompts.filling import Value, fill
from language_worker.prompts.prompt import Prompt
from language_worker.providers.embedded_analysis import analysis_of
from language_worker.providers.embedded_chat import MODEL, RULES, EmbeddedChat
from language_worker.providers.embedded_embeddings import EmbeddedEmbeddings, vector_of
from language_worker.providers.embedded_entities import entities_of
from language_worker.providers.embedded_phrases import key_phrases_of

REPORT = (
    "The new crane of Contoso Marine Ltd. was delivered on 3 March 2026 for EUR 12,500.00. Its crew can be reached at "
    "crew@contoso.example or https://contoso.example/crew. The crane passed inspection on 2026-04-01 at 95 %."
)


def asked(text: str, *operations: str, language: str = "en") -> AnalyzeText:
    return AnalyzeText.model_validate({"text": text, "operations": operations, "language": language})


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The food was great and the staff lovely.", "positive"),
        ("Terrible service, I hated every minute.", "negative"),
        ("The table is brown.", "neutral"),
        ("The food was great. The service was terrible.", "mixed"),
    ],
)
def test_a_text_is_labelled_by_how_it_sounds(text: str, label: str) -> None:
    sentiment = analysis_of(asked(text, "sentiment")).sentiment

    assert sentiment is not None
    assert sentiment.label == label
    scores = sentiment.scores
    assert math.isclose(scores.positive + scores.neutral + scores.negative, 1, abs_tol=0.01)


@pytest.mark.parametrize("text", ["\U0001f600" * 5_120, "good " * 1_024, "!" * 5_120, "\n" * 5_119 + "a"])
def test_no_text_takes_the_lexicon_long(text: str) -> None:
    before = time.thread_time()

    analysis_of(asked(text, "sentiment"))

    assert time.thread_time() - before < 3


def test_what_was_not_asked_for_is_null() -> None:
    analysis = analysis_of(asked(REPORT, "key-phrases"))

    assert analysis.sentiment is None
    assert analysis.entities is None
    assert analysis.key_phrases


def test_key_phrases_are_those_that_a_reader_would_mark() -> None:
    phrases = analysis_of(asked(REPORT, "key-phrases")).key_phrases or []

    assert any("crane" in phrase for phrase in phrases)
    assert any("Contoso" in phrase for phrase in phrases)
    assert len(phrases) <= 10


def test_what_stands_in_an_address_is_no_key_phrase() -> None:
    assert key_phrases_of("Ask crew@contoso.example or see https://contoso.example/crane today.", "en") == []


def test_phrases_of_words_that_stand_in_long_runs_come_first() -> None:
    text = "Harbour crane inspection. The crane passed. The inspection of the harbour was long."

    phrases = key_phrases_of(text, "en")

    assert phrases[0] == "Harbour crane inspection"
    assert phrases.index("crane passed") < phrases.index("harbour")


def test_key_phrases_are_found_in_other_languages_too() -> None:
    text = "Der neue Hafenkran wurde im Frühjahr geliefert, und die Abnahme des Hafenkrans verlief ohne Mängel."

    assert any(
        "Hafenkran" in phrase for phrase in analysis_of(asked(text, "key-phrases", language="de")).key_phrases or []
    )


@pytest.mark.parametrize(
    ("operation", "language"), [("sentiment", "de"), ("key-phrases", "tlh"), ("key-phrases", "ja")]
)
def test_a_language_that_is_not_known_is_refused(operation: str, language: str) -> None:
    with pytest.raises(NonRetryable, match=f"found '{language}'"):
        analysis_of(asked("Qapla'", operation, language=language))


def test_entities_have_type_and_place() -> None:
    found = entities_of(REPORT)

    assert [(entity.type, entity.text) for entity in found] == [
        ("Organization", "Contoso Marine Ltd."),
        ("DateTime", "3 March 2026"),
        ("Quantity", "EUR 12,500.00"),
        ("Email", "crew@contoso.example"),
        ("URL", "https://contoso.example/crew"),
        ("DateTime", "2026-04-01"),
        ("Quantity", "95 %"),
    ]
    assert all(REPORT[entity.offset : entity.offset + entity.length] == entity.text for entity in found)


def test_entities_do_not_overlap() -> None:
    found = entities_of("Ask a@b.example on 1 May 2026 at 10:30, +31 20 123 4567, or 10.0.0.1 by 1.5.2026. " * 20)

    assert len(found) > 100
    assert all(first.offset + first.length <= second.offset for first, second in pairwise(found))


def cosine(first: str, second: str) -> float:
    return sum(a * b for a, b in zip(vector_of(first, 256), vector_of(second, 256), strict=True))


def test_a_vector_has_length_one_and_is_the_same_each_time() -> None:
    vector = vector_of(REPORT, 256)

    assert math.isclose(math.hypot(*vector), 1)
    assert vector == vector_of(REPORT, 256)
    assert len(vector_of(REPORT, 1024)) == 1024


def test_similar_texts_are_nearer_each_other_than_others() -> None:
    text = "The harbour crane was inspected in March."

    assert cosine(text, "In March, the cranes of the harbour were inspected.") > 0.5
    assert abs(cosine(text, "Bake the bread for forty minutes until golden.")) < 0.3
    assert math.isclose(cosine(text, "the HARBOUR crane was inspected in march"), 1)


@pytest.fixture
def threads() -> Threads:
    return Threads(1)


async def test_a_model_that_is_not_there_is_refused_with_those_that_are(threads: Threads) -> None:
    with pytest.raises(NonRetryable, match=r"hashed-256-v1.*found 'ada'"):
        await EmbeddedEmbeddings(threads).embed("text", "ada")


async def test_a_text_without_a_word_has_no_vector(threads: Threads) -> None:
    with pytest.raises(NonRetryable, match="expected text with words"):
        await EmbeddedEmbeddings(threads).embed("...", None)


async def completed(threads: Threads, name: str, values: dict[str, Value], max_tokens: int = 1024) -> Completion:
    prompt = prompt_of(PromptVersion(name=name, version=1))
    return await EmbeddedChat(threads).complete(fill(prompt, values), Sampling(max_tokens=max_tokens))


async def test_a_summary_is_the_sentences_that_say_most(threads: Threads) -> None:
    document = (
        "The harbour crane was inspected. Lunch was soup. The inspection of the harbour crane found a worn cable on "
        "the crane. It rained."
    )

    completion = await completed(threads, "summarize", {"document": document, "sentences": 1})

    assert completion.text == "The inspection of the harbour crane found a worn cable on the crane."
    assert completion.model == MODEL
    assert "no language model" in MODEL
    assert completion.finish_reason == "stop"


@pytest.mark.parametrize(
    ("question", "answer"),
    [("When was the crane delivered?", "was delivered on 3 March"), ("Who painted Guernica?", "not in the text")],
)
async def test_an_answer_is_a_sentence_of_the_text_or_none(threads: Threads, question: str, answer: str) -> None:
    completion = await completed(threads, "answer-question", {"document": REPORT, "question": question})

    assert answer in completion.text


async def test_a_completion_ends_at_its_limit_and_says_so(threads: Threads) -> None:
    completion = await completed(threads, "summarize", {"document": REPORT, "sentences": 9}, max_tokens=5)

    assert completion.text == "The new crane of Contoso"
    assert (completion.finish_reason, completion.tokens.completion) == ("length", 5)


async def test_a_prompt_without_a_rule_is_refused(threads: Threads) -> None:
    prompt = Prompt("invent", 1, "about", "Invent.", "", {})

    with pytest.raises(NonRetryable, match="set CHAT_PROVIDER=azure"):
        await EmbeddedChat(threads).complete(fill(prompt, {}), Sampling())


def test_each_prompt_of_the_catalogue_has_a_rule() -> None:
    assert {prompt.name for prompt in CATALOGUE.values()} <= set(RULES)
