"""The Key Vault client of the vendor against a vault and an identity on this machine."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from durable.adapters.secrets.key_vault import KeyVaultSecrets
from durable.errors import RetryAfter, SecretNotFound, SecretRefused, SecretsUnavailable
from durable.failure import failure_of
from tests.support.key_vault import KeyVault, key_vault, refusal

OLD, NEW = "4387e9f3d6e14c459867679a90fd0f79", "9f1e3d7c5b2a4860b1d2c3e4f5a69788"
VALUE = "peridot-dunlin-29"
World = tuple[KeyVault, KeyVaultSecrets]


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    folder = Path(tmp_path_factory.getbasetemp()) / "key-vault-certificates"
    async with key_vault(folder, monkeypatch, read_timeout=5) as (vault, secrets):
        vault.versions["api-token"] = [(OLD, "before"), (NEW, VALUE)]
        yield vault, secrets


async def test_the_newest_version_is_given_once_the_challenge_is_met(world: World) -> None:
    vault, secrets = world

    secret = await secrets.read("api-token", None)

    assert (secret.reveal(), secret.name, secret.version, secret.vault) == (VALUE, "api-token", NEW, vault.url)
    assert vault.asked == ["GET /secrets/api-token/"]


async def test_a_version_is_given_by_its_id(world: World) -> None:
    _, secrets = world

    assert (await secrets.read("api-token", OLD)).reveal() == "before"


async def test_one_token_is_good_for_many_secrets(world: World) -> None:
    vault, secrets = world
    for _ in range(3):
        await secrets.read("api-token", None)

    assert len(vault.tokens) == 1


@pytest.mark.parametrize(("name", "version"), [("other", None), ("api-token", "0" * 32)])
async def test_one_that_is_not_there_is_named(world: World, name: str, version: str | None) -> None:
    vault, secrets = world

    with pytest.raises(SecretNotFound, match=f"secret '{name}'.* in {vault.url}; found none"):
        await secrets.read(name, version)


async def test_one_that_is_disabled_is_refused(world: World) -> None:
    vault, secrets = world
    vault.disabled.add("api-token")

    with pytest.raises(SecretRefused, match="'api-token'; it is disabled: enable it"):
        await secrets.read("api-token", None)


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        ((403, refusal("Forbidden", VALUE, "ForbiddenByRbac"), {}), SecretRefused, r"403 \(Forbidden, ForbiddenByRbac"),
        ((403, VALUE.encode(), {}), SecretsUnavailable, "none of a Key Vault's"),
        ((400, refusal("BadParameter", VALUE), {}), SecretRefused, r"400 \(BadParameter\): mend name and version"),
        ((500, refusal("InternalServerError", VALUE), {}), SecretsUnavailable, "found status 500"),
        ((503, f"<h1>{VALUE}</h1>".encode(), {}), SecretsUnavailable, "none of a Key Vault's"),
        (
            (200, b"{" + VALUE.encode(), {"Content-Type": "application/json"}),
            SecretsUnavailable,
            "none of a Key Vault's",
        ),
        ((200, {"id": "https://x.vault.azure.net/secrets/api-token/1"}, {}), SecretRefused, "it has no value"),
        (None, SecretsUnavailable, "no answer"),
    ],
)
async def test_what_else_a_vault_answers_is_told_without_its_text(
    world: World, answer: Any, error: type[Exception], told: str
) -> None:
    vault, secrets = world
    vault.answers += [answer, answer]  # The HTTP client asks again where a connection breaks.

    with pytest.raises(error, match=told) as raised:
        await secrets.read("api-token", None)

    assert set(vault.asked) == {"GET /secrets/api-token/"}
    assert len(vault.asked) == (1 if answer else 2)
    assert VALUE not in repr(failure_of(raised.value))
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("header", "wait"), [("7", timedelta(seconds=7)), ("9" * 8, timedelta(hours=1)), ("soon", timedelta(seconds=1))]
)
async def test_a_vault_that_is_asked_too_often_says_for_how_long_to_leave_it_alone(
    world: World, header: str, wait: timedelta
) -> None:
    vault, secrets = world
    vault.answers.append((429, refusal("Throttled", "Too many"), {"Retry-After": header}))

    with pytest.raises(RetryAfter) as raised:
        await secrets.read("api-token", None)

    assert raised.value.delay == wait


async def test_a_vault_without_an_identity_that_may_ask_it_is_unavailable(world: World) -> None:
    vault, secrets = world
    vault.identity_status = 400

    with pytest.raises(SecretsUnavailable, match="no identity that could ask it"):
        await secrets.read("api-token", None)


async def test_a_token_for_another_domain_is_not_asked_for(world: World) -> None:
    vault, secrets = world
    vault.challenge = vault.challenge.replace("https://vault.azure.net", "https://vault.example.net")

    with pytest.raises(SecretRefused, match="token of another domain"):
        await secrets.read("api-token", None)

    assert vault.tokens == []


async def test_neither_values_nor_tokens_are_logged_at_any_level(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    vault, secrets = world
    caplog.set_level(logging.DEBUG)

    await secrets.read("api-token", None)

    said = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert caplog.records
    assert VALUE not in said
    assert vault.tokens[0] not in said
