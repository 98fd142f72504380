"""Secrets in an Azure Key Vault, reached by identity.

1. One request for each question: what is worth another attempt is tried again by the policy of the saga.
2. Of a vendor's error its status and codes are told, never its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, DecodeError, HttpResponseError
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient

from durable.errors import RetryAfter, SecretNotFound, SecretRefused, SecretsUnavailable
from durable.secrets import Secret

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 10
WAIT_MAX: Final = timedelta(hours=1)
_DISABLED = "SecretDisabled"


def key_vault_from(url: str, client_id: str = "", credential: AsyncTokenCredential | None = None) -> KeyVaultSecrets:
    """Open a Key Vault; nothing is asked of it yet."""
    return KeyVaultSecrets(url, credential or DefaultAzureCredential(managed_identity_client_id=client_id or None))


class KeyVaultSecrets:
    """Reads the secrets of one vault; closes the credential with itself. `options` are those of `SecretClient`."""

    def __init__(self, url: str, credential: AsyncTokenCredential, **options: Any) -> None:
        self.vault = url
        self._credential = credential
        self._client = SecretClient(
            url,
            credential,
            **{
                "retry_total": 0,
                "connection_timeout": CONNECT_SECONDS,
                "read_timeout": ANSWER_SECONDS,
                "logging_enable": False,
                **options,
            },
        )

    async def read(self, name: str, version: str | None) -> Secret:
        try:
            found = await self._client.get_secret(name, version)
        except AzureError as error:
            told = _told(error, name, version, self.vault)
        except ValueError:
            told = SecretRefused(name, self.vault, "it asks for a token of another domain: mend AZURE_KEY_VAULT_URL")
        else:
            if found.value is not None:
                return Secret(found.value, name=name, version=found.properties.version, vault=self.vault)
            told = SecretRefused(name, self.vault, "it has no value")
        raise told

    async def close(self) -> None:
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._credential.close)
            closing.push_async_callback(self._client.close)


def _told(error: AzureError, name: str, version: str | None, vault: str) -> Exception:
    """Tell what a vendor's error says in words of our own."""
    if isinstance(error, DecodeError):
        return SecretsUnavailable(vault, "an answer that is none of a Key Vault's")
    if not isinstance(error, HttpResponseError) or error.response is None:
        by_identity = isinstance(error, ClientAuthenticationError)
        why = "no identity that could ask it" if by_identity else f"no answer ({type(error).__name__})"
        return SecretsUnavailable(vault, why)
    return _told_by(error, name, version, vault)


def _told_by(error: HttpResponseError, name: str, version: str | None, vault: str) -> Exception:
    status, codes = int(error.status_code or 0), _codes(error)
    if status == 404:
        return SecretNotFound(name, version, vault)
    if status == 429:
        return RetryAfter(_wait(error), f"{vault} is asked too often")
    if status in {400, 401, 403}:
        disabled = _DISABLED in codes
        return SecretRefused(name, vault, _refusal(status, codes) if not disabled else "it is disabled: enable it")
    return SecretsUnavailable(vault, f"status {status}")


def _refusal(status: int, codes: Sequence[str]) -> str:
    told = f" ({', '.join(codes)})" if codes else ""
    remedy = "may its identity read secrets there, and from this network?" if status != 400 else "mend name and version"
    return f"it answered {status}{told}: {remedy}"


def _codes(error: HttpResponseError) -> tuple[str, ...]:
    """Give the error's code and those inside it, as far as they are words: a code is no place for a text."""
    codes: list[str] = []
    told: Any = getattr(error, "error", None)
    while told is not None and len(codes) < 5:
        code = getattr(told, "code", None) or (told.get("code") if isinstance(told, dict) else None)
        if isinstance(code, str) and code.isalpha() and len(code) <= 40:
            codes.append(code)
        told = getattr(told, "innererror", None) or (told.get("innererror") if isinstance(told, dict) else None)
    return tuple(codes)


def _wait(error: HttpResponseError) -> timedelta:
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    text = headers.get("Retry-After", "")
    return min(timedelta(seconds=int(text)), WAIT_MAX) if text.isdecimal() and len(text) < 9 else timedelta(seconds=1)
