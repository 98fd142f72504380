import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.locations import Location
from contracts.secrets import (
    DELETE_SEALED,
    FIND_SECRET,
    WRITE_SEALED,
    FindSecret,
    SealedSecret,
    SecretReference,
    WriteSealed,
)
from durable.adapters.memory import MemoryObjects
from durable.errors import RetryAfter, SecretRefused, SettingsInvalid
from durable.failure import Failure
from durable.settings import Environment
from secrets_worker.handlers import worker
from secrets_worker.parts import parts_from
from secrets_worker.sealing import ENVELOPE_BYTES_MAX, STEP_BYTES, NotSealed, Seal
from secrets_worker.unseal import unseal
from tests.support.handlers import Calls, calls_to
from tests.support.secrets_world import NEW_KEY, OLD_KEY, VAULT, ToldSecrets, secrets_provider

VALUE = "zircon-pipit-47"
REFERENCE = SecretReference(name="api-token", version="v1", vault=VAULT)
TARGET = Location(name="sealed/api-token.json")
SEALING = WriteSealed(secret=REFERENCE, target=TARGET)


@pytest.fixture
def source() -> ToldSecrets:
    return ToldSecrets(api_token=VALUE, other="something else")


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
async def calls(source: ToldSecrets, objects: MemoryObjects) -> AsyncIterator[Calls]:
    async with calls_to(worker, objects, secrets_provider(source, objects)) as calls:
        yield calls


async def test_a_secret_is_found_as_a_reference_to_its_newest_version(calls: Calls) -> None:
    assert await calls.call(FIND_SECRET, FindSecret(name="api-token")) == REFERENCE


@pytest.mark.parametrize(("name", "version"), [("none", None), ("api-token", "v2")])
async def test_a_missing_secret_is_a_final_failure_that_names_it(calls: Calls, name: str, version: str | None) -> None:
    failure: Failure = await calls.call(FIND_SECRET, FindSecret(name=name, version=version))

    assert failure.matches("SecretNotFound")
    assert f"expected a secret {name!r}" in failure.message
    assert not failure.retryable


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (SecretRefused("api-token", VAULT, "it is disabled"), False),
        (RuntimeError(f"can't parse {VALUE}"), True),
        (RetryAfter(timedelta(seconds=9)), True),
    ],
)
async def test_a_vault_that_fails_fails_the_attempt(
    calls: Calls,
    source: ToldSecrets,
    error: Exception,
    retryable: bool,  # noqa: FBT001  A row of the table.
) -> None:
    source.values["api-token"] = error

    failure: Failure = await calls.call(FIND_SECRET, FindSecret(name="api-token"))

    assert failure.retryable is retryable
    assert VALUE not in repr(failure)


async def test_a_sealed_secret_is_an_envelope_that_can_be_read_around_a_value_that_can_not(
    calls: Calls, objects: MemoryObjects
) -> None:
    sealed: SealedSecret = await calls.call(WRITE_SEALED, SEALING)

    data = await objects.get(TARGET.name)
    envelope = json.loads(data)
    assert sealed == SealedSecret(object=TARGET, size=len(data), key="2026-11")
    assert (envelope["format"], envelope["algorithm"]) == ("durable-sealed-secret-1", "AES-256-GCM")
    assert (envelope["key"], envelope["secret"]) == ("2026-11", REFERENCE.model_dump())
    assert VALUE.encode() not in data
    assert Seal({"2026-11": NEW_KEY}).open(data) == (VALUE, REFERENCE)


async def test_written_again_it_is_as_large_and_opens_to_the_same(calls: Calls, objects: MemoryObjects) -> None:
    first = await calls.call(WRITE_SEALED, SEALING)
    before = await objects.get(TARGET.name)
    second = await calls.call(WRITE_SEALED, SEALING)
    after = await objects.get(TARGET.name)

    assert first.size == second.size
    assert before != after
    assert Seal({"2026-11": NEW_KEY}).open(after)[0] == VALUE


@pytest.mark.parametrize("content", [b"a document", b"{}", b"x" * (ENVELOPE_BYTES_MAX + 1)])
async def test_what_is_no_sealed_secret_is_neither_written_over_nor_removed(
    calls: Calls, objects: MemoryObjects, content: bytes
) -> None:
    await objects.put(TARGET.name, content)

    failure: Failure = await calls.call(WRITE_SEALED, SEALING)
    deleted = await calls.call(DELETE_SEALED, SEALING)

    assert failure.matches("TargetTaken")
    assert not failure.retryable
    assert not deleted.deleted
    assert await objects.get(TARGET.name) == content


async def test_a_sealed_value_of_another_secret_is_not_written_over(calls: Calls, objects: MemoryObjects) -> None:
    other = REFERENCE.model_copy(update={"name": "other"})
    await calls.call(WRITE_SEALED, WriteSealed(secret=other, target=TARGET))

    failure: Failure = await calls.call(WRITE_SEALED, SEALING)

    assert failure.matches("TargetTaken")


async def test_what_another_instance_had_sealed_is_not_removed(calls: Calls, objects: MemoryObjects) -> None:
    await calls.call(WRITE_SEALED, SEALING)  # Each call is one of an instance of its own.

    assert not (await calls.call(DELETE_SEALED, SEALING)).deleted
    assert (await objects.info(TARGET.name)).size > 0


async def test_removing_one_that_is_not_there_is_no_error(calls: Calls) -> None:
    assert not (await calls.call(DELETE_SEALED, SEALING)).deleted


async def test_a_reference_to_another_vault_is_refused(calls: Calls, objects: MemoryObjects) -> None:
    elsewhere = REFERENCE.model_copy(update={"vault": "https://other.vault.azure.net"})

    failure: Failure = await calls.call(WRITE_SEALED, WriteSealed(secret=elsewhere, target=TARGET))

    assert failure.matches("SecretRefused")
    assert f"the worker reads from {VAULT}" in failure.message


async def test_a_store_that_the_deployment_does_not_name_is_out_of_reach(calls: Calls) -> None:
    there = Location(store="elsewhere", name="a")

    failure: Failure = await calls.call(WRITE_SEALED, WriteSealed(secret=REFERENCE, target=there))

    assert "expected one of the stores main; found 'elsewhere'" in failure.message


def test_keys_rotate() -> None:
    old = Seal({"2025": OLD_KEY})
    both = Seal({"2026": NEW_KEY, "2025": OLD_KEY})
    before, after = old.close(VALUE, REFERENCE, "a"), both.close(VALUE, REFERENCE, "a")

    assert [before[1], after[1]] == ["2025", "2026"]
    assert both.open(before[0])[0] == both.open(after[0])[0] == VALUE
    with pytest.raises(NotSealed, match="expected one of the keys 2025; found key '2026'"):
        old.open(after[0])


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("secret", {"name": "other", "version": "v1", "vault": VAULT}),
        ("secret", {"name": "api-token", "version": "v2", "vault": VAULT}),
        ("secret", {"name": "api-token", "version": "v1", "vault": "file"}),
        ("sealed", "AAAA"),
        ("sealed", "no base64!"),
        ("algorithm", "ROT13"),
        ("format", "2"),
    ],
)
def test_an_envelope_that_was_changed_does_not_open(field: str, changed: Any) -> None:
    seal = Seal({"2026": NEW_KEY})
    envelope = json.loads(seal.close(VALUE, REFERENCE, "a")[0])

    with pytest.raises(NotSealed, match="expected a sealed secret|expected secret") as refused:  # noqa: RUF043
        seal.open(json.dumps({**envelope, field: changed}).encode())

    assert VALUE not in str(refused.value)


@pytest.mark.parametrize("value", ["", "é\n\0", "x" * (STEP_BYTES - 4), "x" * (STEP_BYTES - 3), "x" * 10_000])
def test_values_of_any_length_come_back_and_do_not_show_it(value: str) -> None:
    seal = Seal({"2026": NEW_KEY})

    data, _ = seal.close(value, REFERENCE, "a")

    assert seal.open(data)[0] == value
    if len(value) < STEP_BYTES - 4:
        assert len(data) == len(seal.close("another value", REFERENCE, "a")[0])


@pytest.mark.parametrize(
    ("keys", "fault"),
    [("", "found none"), ("/no/such/file", "No such file"), ('{"a": "c2hvcnQ="}', "32 bytes"), ("{", "found no JSON")],
)
def test_keys_that_are_none_are_told_at_the_start(keys: str, fault: str) -> None:
    environment = Environment({"SECRETS_SEAL_KEYS": keys})

    parts_from(environment)

    with pytest.raises(SettingsInvalid, match=f"SECRETS_SEAL_KEYS: .*{fault}"):
        environment.done()


def test_the_command_writes_the_value_for_who_has_the_key(tmp_path: Path) -> None:
    keys = json.dumps({"2026": b64encode(NEW_KEY).decode()})
    file = tmp_path / "sealed.json"
    file.write_bytes(Seal({"2026": NEW_KEY}).close(VALUE, REFERENCE, "a")[0])

    done = subprocess.run(
        [sys.executable, "-m", "secrets_worker", "unseal", file],
        env={**os.environ, "SECRETS_SEAL_KEYS": keys},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (VALUE, "")


@pytest.mark.parametrize(
    ("arguments", "keys", "told"),
    [
        (["unseal"], "", "expected: python -m secrets_worker unseal FILE"),
        (["serve", "x"], "", "expected: python -m secrets_worker unseal FILE"),
        (["unseal", "FILE"], "", "SECRETS_SEAL_KEYS"),
        (["unseal", "/no/such"], "good", "No such file"),
        (["unseal", "FILE"], "other", "expected secret 'api-token' sealed under key '2026'"),
    ],
)
def test_the_command_says_why_it_can_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], keys: str, told: str
) -> None:
    file = tmp_path / "sealed.json"
    file.write_bytes(Seal({"2026": NEW_KEY}).close(VALUE, REFERENCE, "a")[0])
    key = {"good": NEW_KEY, "other": OLD_KEY}.get(keys)
    variables = {"SECRETS_SEAL_KEYS": json.dumps({"2026": b64encode(key).decode()})} if key else {}

    code = unseal([str(file) if part == "FILE" else part for part in arguments], variables)

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert told in said.err
