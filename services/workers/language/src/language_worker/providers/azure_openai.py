"""Embeddings and completions by Azure OpenAI, with the vendor's SDK, at the `/openai/v1/` address of a resource.

1. The SDK asks once: whether and when it is asked again is for the saga's policy to say.
2. A model is the name of a deployment of the resource.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import openai
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from openai import AsyncOpenAI

from contracts.language import Tokens
from durable import NonRetryable
from durable.errors import TransientError
from durable.ports import Clock
from language_worker.chat import Completion, Sampling
from language_worker.embeddings import Embedding
from language_worker.prompts.filling import FilledPrompt
from language_worker.providers.waiting import refused

SERVICE = "Azure OpenAI"
SCOPE = "https://cognitiveservices.azure.com/.default"
_UNREADABLE = (openai.APIResponseValidationError, AttributeError, LookupError, TypeError, ValueError)


def azure_openai(endpoint: str, seconds: float) -> Callable[[AsyncTokenCredential], AsyncIterator[AsyncOpenAI]]:
    """Give what makes the client of this resource, and closes its connections."""

    async def client(credential: AsyncTokenCredential) -> AsyncIterator[AsyncOpenAI]:
        async def token() -> str:
            return (await credential.get_token(SCOPE)).token

        url = f"{endpoint.rstrip('/')}/openai/v1/"
        async with AsyncOpenAI(base_url=url, api_key=token, timeout=seconds, max_retries=0) as made:
            yield made

    return client


def azure_embeddings(deployment: str) -> Callable[[AsyncOpenAI, Clock], AzureEmbeddings]:
    """Give what makes the provider of embeddings, for this deployment unless another is asked for."""

    def provider(client: AsyncOpenAI, clock: Clock) -> AzureEmbeddings:
        return AzureEmbeddings(client, clock, deployment)

    return provider


def azure_chat(deployment: str) -> Callable[[AsyncOpenAI, Clock], AzureChat]:
    """Give what makes the provider of completions, for this deployment unless another is asked for."""

    def provider(client: AsyncOpenAI, clock: Clock) -> AzureChat:
        return AzureChat(client, clock, deployment)

    return provider


class AzureEmbeddings:
    """Asks a deployment of an embedding model."""

    def __init__(self, client: AsyncOpenAI, clock: Clock, deployment: str) -> None:
        self._client = client
        self._clock = clock
        self._deployment = deployment

    async def embed(self, text: str, model: str | None) -> Embedding:
        name = _named(model or self._deployment, "AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT")
        with _telling(self._clock):
            answer = await self._client.embeddings.create(input=[text], model=name, encoding_format="float")
            (data,) = answer.data
            vector = [float(value) for value in data.embedding]
        if not vector:
            raise TransientError(f"expected a vector of {SERVICE}; found an empty one")
        return Embedding(vector, name)


class AzureChat:
    """Asks a deployment of a language model."""

    def __init__(self, client: AsyncOpenAI, clock: Clock, deployment: str) -> None:
        self._client = client
        self._clock = clock
        self._deployment = deployment

    async def complete(self, prompt: FilledPrompt, sampling: Sampling) -> Completion:
        name = _named(sampling.model or self._deployment, "AZURE_OPENAI_CHAT_DEPLOYMENT")
        with _telling(self._clock):
            answer = await self._client.chat.completions.create(
                model=name,
                messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
                max_completion_tokens=sampling.max_tokens,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
            )
            choice = answer.choices[0]
            text, reason = choice.message.content, choice.finish_reason
            usage = answer.usage
            tokens = Tokens(
                prompt=usage.prompt_tokens if usage else 0, completion=usage.completion_tokens if usage else 0
            )
        if reason == "content_filter":
            raise NonRetryable(f"expected a completion of {SERVICE}; its content filter held it back")
        if not text or not text.strip():
            raise TransientError(f"expected a completion of {SERVICE}; found an empty one, which ended as {reason}")
        return Completion(text, name, "length" if reason == "length" else "stop", tokens)


def _named(deployment: str, setting: str) -> str:
    if not deployment:
        raise NonRetryable(f"expected the name of a deployment as model, or setting {setting}; found neither")
    return deployment


@contextmanager
def _telling(clock: Clock) -> Iterator[None]:
    try:
        yield
    except openai.APIStatusError as error:
        told = refused(SERVICE, error.status_code, error.response.headers, code=error.code, now=clock.now())
        raise told from None
    except openai.APIConnectionError as error:
        raise TransientError(f"expected {SERVICE} to answer; it did not: {type(error).__name__}") from error
    except AzureError as error:
        raise TransientError(f"expected an identity for {SERVICE}; found none: {type(error).__name__}") from error
    except _UNREADABLE as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> TransientError:
    # By its type alone: its message may hold what the service sent, and so parts of the text.
    return TransientError(f"expected an answer of {SERVICE}; found one that can't be read: {type(error).__name__}")
