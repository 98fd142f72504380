import json
from datetime import timedelta
from pathlib import Path

import pytest

from durable.adapters.memory import ManualClock
from durable.adapters.secrets import secrets_from
from durable.adapters.secrets.environment import EnvironmentSecrets
from durable.adapters.secrets.file import BYTES_MAX, FileSecrets
from durable.errors import SecretNotFound, SecretsUnavailable, SettingsInvalid
from durable.settings import Environment, SecretsSettings, secrets_settings

VALUE = "quartz-magpie-64"


def a_file(folder: Path, content: str | bytes, mode: int = 0o600) -> FileSecrets:
    path = folder / "secrets"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return FileSecrets(path)


async def test_a_variable_that_begins_with_secret_is_one() -> None:
    secret = await EnvironmentSecrets({"SECRET_API_TOKEN": VALUE}).read("api-token", None)

    assert (secret.reveal(), secret.name, secret.version, secret.vault) == (VALUE, "api-token", None, "environment")


@pytest.mark.parametrize(("name", "version"), [("cosmos-key", None), ("api-token", "1"), ("other", None)])
async def test_no_other_variable_can_be_asked_for(name: str, version: str | None) -> None:
    source = EnvironmentSecrets({"COSMOS_KEY": "k", "SECRET_API_TOKEN": VALUE})

    with pytest.raises(SecretNotFound, match=f"expected a secret '{name}'"):
        await source.read(name, version)


@pytest.mark.parametrize(
    "content",
    [
        f"# ours\nother=x\n\napi-token={VALUE}\n",
        f'export API_TOKEN="{VALUE}"',
        json.dumps({"api-token": VALUE}),
        json.dumps({"API_TOKEN": {"1": "old", "2": VALUE}}),
    ],
)
async def test_a_file_has_lines_or_json(tmp_path: Path, content: str) -> None:
    source = a_file(tmp_path, content)

    secret = await source.read("api-token", None)

    source.check()
    assert (secret.reveal(), secret.vault) == (VALUE, "file")


async def test_a_file_may_have_versions(tmp_path: Path) -> None:
    source = a_file(tmp_path, json.dumps({"a": {"1": "the old value", "2": VALUE}}))

    assert [(await source.read("a", version)).version for version in ("1", "2", None)] == ["1", "2", "2"]
    with pytest.raises(SecretNotFound, match="'a', version '3'"):
        await source.read("a", "3")


async def test_what_is_changed_in_the_file_is_found(tmp_path: Path) -> None:
    source = a_file(tmp_path, "a=before")
    await source.read("a", None)
    a_file(tmp_path, f"a={VALUE}")

    assert (await source.read("a", None)).reveal() == VALUE


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (f"a={VALUE}", 0o644, "found mode 0644: chmod 600"),
        (f"a={VALUE}", 0o660, "found mode 0660"),
        (VALUE, 0o600, "name=value in line 1"),
        (b"a=\xff" + VALUE.encode(), 0o600, "text in UTF-8"),
        (f'{{"a": "{VALUE}",', 0o600, "expected JSON"),
        (f'{{"a": ["{VALUE}"]}}', 0o600, "expected 'a' to be text"),
        (f"a={VALUE}\nA=x", 0o600, "found one twice"),
        (f"a={'x' * BYTES_MAX}", 0o600, "at most"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told_without_a_part_of_it(
    tmp_path: Path, content: str | bytes, mode: int, why: str
) -> None:
    source = a_file(tmp_path, content, mode)

    with pytest.raises(SettingsInvalid, match=why) as at_the_start:
        source.check()
    with pytest.raises(SecretsUnavailable, match=why) as later:
        await source.read("a", None)

    assert VALUE not in f"{at_the_start.value} {later.value}"
    assert at_the_start.value.__cause__ is later.value.__context__ is None


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"SECRETS_FILE: .*No such file"):
        secrets_from(SecretsSettings("file", file=tmp_path / "none"), ManualClock())


@pytest.mark.parametrize(
    ("variables", "provider"),
    [
        ({}, "environment"),
        ({"AZURE_KEY_VAULT_URL": "https://ours.vault.azure.net/"}, "azure"),
        ({"SECRETS_FILE": "/run/secrets/all"}, "file"),
        ({"SECRETS_PROVIDER": "environment", "AZURE_KEY_VAULT_URL": "https://ours.vault.azure.net"}, "environment"),
    ],
)
def test_the_settings_say_where_secrets_lie(variables: dict[str, str], provider: str) -> None:
    settings = secrets_settings(Environment(variables))

    assert (settings.provider, settings.kept) == (provider, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"SECRETS_PROVIDER": "azure"}, "AZURE_KEY_VAULT_URL"),
        ({"AZURE_KEY_VAULT_URL": "http://ours.vault.azure.net"}, "AZURE_KEY_VAULT_URL"),
        ({"AZURE_KEY_VAULT_URL": "https://user:pw@ours.vault.azure.net"}, "AZURE_KEY_VAULT_URL"),
        ({"SECRETS_PROVIDER": "file"}, "SECRETS_FILE"),
        ({"SECRETS_PROVIDER": "vault"}, "SECRETS_PROVIDER"),
        ({"SECRETS_KEPT_SECONDS": "x"}, "SECRETS_KEPT_SECONDS"),
    ],
)
def test_settings_that_lead_nowhere_are_told(variables: dict[str, str], fault: str) -> None:
    environment = Environment(variables)

    secrets_settings(environment)

    with pytest.raises(SettingsInvalid, match=fault):
        environment.done()


async def test_the_environment_is_the_source_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_API_TOKEN", VALUE)
    secrets = secrets_from(secrets_settings(Environment({})), ManualClock())

    assert (await secrets.get("api-token")).reveal() == VALUE
    await secrets.close()


async def test_a_key_vault_is_opened_without_asking_it_anything() -> None:
    secrets = secrets_from(
        secrets_settings(Environment({"AZURE_KEY_VAULT_URL": "https://o.vault.azure.net"})), ManualClock()
    )

    await secrets.close()
