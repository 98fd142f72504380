"""Texts: what the language worker finds in them, makes of them, and the requests of the sagas about them.

1. Short texts travel in the payloads; a long one is an object, named by `Location`. Vectors and completions are written
   to objects: no history holds one.
2. Offsets and lengths count characters (Unicode code points), as Python does.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from contracts.locations import Location
from durable import Activity
from durable.objects import NAME_CHARACTERS_MAX

TEXT_CHARACTERS_MAX = 5_120
TEXTS_MAX = 1_000
EMBEDDED_CHARACTERS_MAX = 32_000
EMBEDDINGS_SUFFIX = "_embeddings.json"
TOKENS_MAX = 4_096


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("expected text; found nothing but white space")
    return text


def _each_once(operations: list[Operation]) -> list[Operation]:
    if len(set(operations)) < len(operations):
        raise ValueError(f"expected each operation once; found {', '.join(operations)}")
    return operations


Operation = Literal["sentiment", "key-phrases", "entities"]
Operations = Annotated[list[Operation], Field(min_length=1), AfterValidator(_each_once)]
ShortText = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX), AfterValidator(_not_blank)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$", description="as in `en` or `pt-BR`")]
Share = Annotated[float, Field(ge=0, le=1)]
Model = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")]


class AnalyzeText(BaseModel):
    """A text to be analysed, by these operations."""

    text: ShortText
    operations: Operations
    language: Language = "en"


class SentimentScores(BaseModel):
    """How much of each there is, as shares of one."""

    positive: Share
    neutral: Share
    negative: Share


class Sentiment(BaseModel):
    """How a text sounds."""

    label: Literal["positive", "neutral", "negative", "mixed"]
    scores: SentimentScores


class Entity(BaseModel):
    """Something that a text names, and where; types are those of Azure AI Language, such as `DateTime` or `Email`."""

    text: str
    type: str
    offset: int = Field(ge=0)
    length: int = Field(ge=1)
    confidence: Share


class TextAnalysis(BaseModel):
    """What was found; null where it was not asked for."""

    sentiment: Sentiment | None = None
    key_phrases: list[str] | None = None
    entities: list[Entity] | None = None


class TextsToAnalyze(BaseModel):
    """Texts of one language that are to be analysed alike."""

    operations: Operations
    texts: list[ShortText] = Field(min_length=1, max_length=TEXTS_MAX)
    language: Language = "en"


class TextsReceived(BaseModel):
    """Texts are to be analysed, and what is found written to `target`: the data of event `texts.received`.

    A text that can't be analysed fails the run, unless `failures_max` allows for so many; each is told in its place.
    """

    target: Location
    requests: list[TextsToAnalyze] = Field(min_length=1, max_length=100)
    failures_max: int = Field(default=0, ge=0, le=TEXTS_MAX)

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        count = sum(len(request.texts) for request in self.requests)
        if count > TEXTS_MAX:
            raise ValueError(f"expected at most {TEXTS_MAX} texts in all requests; found {count}")
        return self


class AnalyzedText(BaseModel):
    """A text and what was found in it, or why nothing was."""

    text: ShortText
    analysis: TextAnalysis | None = None
    failure: str | None = Field(default=None, max_length=4_096)


class WriteAnalyses(BaseModel):
    """Texts and what was found in them, to be written to `target` as `{"results": [{"originalText": …}, …]}`."""

    target: Location
    results: list[AnalyzedText] = Field(max_length=TEXTS_MAX)


class WrittenAnalyses(BaseModel):
    """The results that were written, in the order of the texts."""

    object: Location
    size: int = Field(description="bytes", ge=0)
    texts: int
    failed: int


class EmbeddableText(BaseModel):
    """A text, either here or in an object, and the model that makes a vector of it (by default the deployment's)."""

    text: Annotated[str, Field(min_length=1, max_length=EMBEDDED_CHARACTERS_MAX), AfterValidator(_not_blank)] | None = (
        None
    )
    source: Location | None = Field(default=None, description="an object that holds the text, in UTF-8")
    model: Model | None = None
    target: Location

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.text is None) == (self.source is None):
            raise ValueError(f"expected either text or source; found {'neither' if self.text is None else 'both'}")
        return self


class TextEmbeddingRequested(EmbeddableText):
    """A text is wanted as a vector, in `<name of target>_embeddings.json`: the data of `text.embedding-requested`."""

    @property
    def written_to(self) -> Location:
        """Where the vector goes."""
        return Location(store=self.target.store, name=f"{self.target.name}{EMBEDDINGS_SUFFIX}")

    @model_validator(mode="after")
    def _room_for_the_suffix(self) -> Self:
        if len(self.target.name) + len(EMBEDDINGS_SUFFIX) > NAME_CHARACTERS_MAX:
            raise ValueError(f"expected a name of the target that leaves room for {EMBEDDINGS_SUFFIX!r}")
        return self


class EmbedText(EmbeddableText):
    """A text to be written as a vector to `target`, as a JSON array of numbers."""


class WrittenEmbedding(BaseModel):
    """The vector that was written, and by which model."""

    object: Location
    size: int = Field(description="bytes", ge=0)
    model: str
    dimensions: int = Field(ge=1)


class PromptVersion(BaseModel):
    """A prompt of the catalogue. A version never changes once it is released."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    version: int = Field(ge=1)


Variable = Location | StrictStr | StrictBool | StrictInt | StrictFloat


class CompleteChat(BaseModel):
    """A prompt to be filled in and completed; an object that stands for a text variable is read in its place."""

    prompt: PromptVersion
    variables: dict[str, Variable] = Field(default_factory=dict, max_length=50)
    target: Location
    model: Model | None = None
    max_tokens: int = Field(default=1_024, ge=1, le=TOKENS_MAX)
    temperature: float = Field(default=0.1, ge=0, le=2)
    top_p: float = Field(default=1.0, ge=0, le=1)


class Tokens(BaseModel):
    """What a completion took, in the tokens of its model."""

    prompt: int = Field(ge=0)
    completion: int = Field(ge=0)


class WrittenCompletion(BaseModel):
    """The completion that was written; `length` says that it was cut short by `max_tokens`."""

    object: Location
    size: int = Field(description="bytes", ge=0)
    model: str
    finish_reason: Literal["stop", "length"]
    tokens: Tokens


ANALYZE_TEXT = Activity("language.analyze-text", AnalyzeText, TextAnalysis)
WRITE_ANALYSES = Activity("language.write-analyses", WriteAnalyses, WrittenAnalyses)
EMBED_TEXT = Activity("language.embed-text", EmbedText, WrittenEmbedding)
COMPLETE_CHAT = Activity("language.complete-chat", CompleteChat, WrittenCompletion)
