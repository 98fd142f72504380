"""Codecs of payloads: compression, encryption with keys that rotate, and those of other people."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from durable.adapters.memory import MemoryObjects
from durable.codec import decode_event, encode_event
from durable.codecs import Codecs, Encoded, PayloadCodec, PayloadContext
from durable.codecs.chosen import codecs_from
from durable.codecs.compression import Gzip
from durable.codecs.encryption import AesGcm
from durable.errors import PayloadUnreadable, SettingsInvalid
from durable.events import ActivityFailed, SagaRejected
from durable.failure import Failure
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import EncodedPayload, PayloadRef
from durable.vault import Place, Vault, open_event, seal_event

OLD, NEW = {"2024": b"o" * 32}, {"2026": b"n" * 32}
PLACE = Place("order-7", "run")
HERE = PayloadContext("order-7")
SECRET = {"card": "4929-1234", "note": "x" * 2000}


class Reversed:
    """Somebody's own codec."""

    name = "reversed"

    def encode(self, data: bytes, context: PayloadContext) -> Encoded:
        return Encoded(data[::-1])

    def decode(self, data: bytes, parameter: str, context: PayloadContext) -> bytes:
        return data[::-1]


def a_vault(*codecs: PayloadCodec, objects: MemoryObjects | None = None) -> Vault:
    return Vault(objects or MemoryObjects(), Codecs(codecs))


def keys_of(keys: dict[str, bytes]) -> str:
    return orjson.dumps({id: b64encode(key).decode() for id, key in keys.items()}).decode()


async def test_an_encoded_payload_says_what_was_done_to_it_and_by_whom() -> None:
    sealed = await a_vault(Gzip(), AesGcm(NEW)).seal(SECRET, PLACE)

    assert isinstance(sealed, EncodedPayload)
    assert (sealed.of, sealed.codecs) == ("order-7", ("gzip", "aesgcm:2026"))


async def test_without_codecs_nothing_is_changed() -> None:
    assert await a_vault().seal(SECRET, PLACE) is SECRET


async def test_compression_leaves_small_payloads_alone_and_spares_large_ones_an_object() -> None:
    vault = a_vault(Gzip())
    large = ["x" * (10 * PAYLOAD_INLINE_BYTES_MAX)]

    assert await vault.seal("small", PLACE) == "small"
    sealed = await vault.seal(large, PLACE)
    assert isinstance(sealed, EncodedPayload)
    assert len(sealed.data) < 2000
    assert await vault.open(sealed) == large


async def test_a_large_payload_is_an_encrypted_object() -> None:
    objects = MemoryObjects()
    vault = a_vault(AesGcm(NEW), objects=objects)
    large = ["secret" * PAYLOAD_INLINE_BYTES_MAX]

    ref = await vault.seal(large, PLACE)

    assert isinstance(ref, PayloadRef)
    assert ref.codecs == ("aesgcm:2026",)
    assert b"secret" not in await objects.get(ref.object)
    assert await vault.seal(large, PLACE) is ref
    assert await a_vault(AesGcm(NEW), objects=objects).open(ref) == large


async def test_keys_rotate() -> None:
    before = await a_vault(AesGcm(OLD)).seal(SECRET, PLACE)
    rotated = a_vault(AesGcm({**NEW, **OLD}))

    after = await rotated.seal(SECRET, PLACE)

    assert isinstance(after, EncodedPayload)
    assert after.codecs == ("aesgcm:2026",)
    assert await rotated.open(before) == SECRET


async def test_an_unknown_key_is_named() -> None:
    sealed = await a_vault(AesGcm(OLD)).seal(SECRET, PLACE)

    with pytest.raises(PayloadUnreadable, match="expected one of the keys 2026; found key '2024'"):
        await a_vault(AesGcm(NEW)).open(sealed)


async def test_an_unknown_codec_is_named() -> None:
    sealed = await a_vault(Reversed()).seal(SECRET, PLACE)

    with pytest.raises(PayloadUnreadable, match=r"codec of PAYLOAD_CODECS \(aesgcm\); found 'reversed'"):
        await a_vault(AesGcm(NEW)).open(sealed)


async def test_what_one_instance_encrypted_is_not_taken_for_another_ones() -> None:
    vault = a_vault(AesGcm(NEW))
    sealed = await vault.seal(SECRET, PLACE)
    assert isinstance(sealed, EncodedPayload)

    with pytest.raises(PayloadUnreadable, match="expected bytes that instance 'order-8' encrypted"):
        await vault.open(replace(sealed, of="order-8"))


async def test_bytes_that_were_changed_are_refused() -> None:
    vault = a_vault(AesGcm(NEW))
    sealed = await vault.seal(SECRET, PLACE)
    assert isinstance(sealed, EncodedPayload)

    for data in (sealed.data[:-8] + "AAAAAAA=", "", "no base64"):
        with pytest.raises(PayloadUnreadable):
            await vault.open(replace(sealed, data=data))


@given(st.binary(max_size=3000))
def test_gzip_gives_back_what_it_was_given(data: bytes) -> None:
    encoded = Gzip().encode(data, HERE)

    assert encoded is None or Gzip().decode(encoded.data, "", HERE) == data


@given(st.binary(max_size=100))
def test_aesgcm_gives_back_what_it_was_given_and_never_the_same_twice(data: bytes) -> None:
    codec = AesGcm(NEW)
    first, second = codec.encode(data, HERE), codec.encode(data, HERE)

    assert first.data != second.data
    assert codec.decode(first.data, first.parameter, HERE) == data


def test_gzip_is_not_inflated_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durable.codecs.compression.INFLATED_BYTES_MAX", 4000)
    encoded = Gzip().encode(b"x" * 5000, HERE)
    assert encoded is not None

    with pytest.raises(ValueError, match="at most 4000 bytes; found more"):
        Gzip().decode(encoded.data, "", HERE)


async def test_failures_and_reasons_are_payloads_too() -> None:
    vault = a_vault(AesGcm(NEW))
    failed = ActivityFailed(task_id=1, failure=Failure("a.B", "secret", stack="secret", details={"a": "secret"}))
    rejected = SagaRejected(reasons=(("card", "secret"),))

    for event in (failed, rejected):
        sealed = await seal_event(vault, event, PLACE)
        written = orjson.dumps(encode_event(sealed))

        assert b"secret" not in written
        assert await open_event(vault, decode_event(orjson.loads(written))) == event


def test_codecs_are_chosen_by_name_and_keys_come_from_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(keys_of({**NEW, **OLD}))

    for keys in (keys_of({**NEW, **OLD}), str(tmp_path / "keys.json")):
        codecs = codecs_from("gzip, aesgcm", keys)
        data, labels = codecs.encode(b"x" * 2000, HERE)

        assert labels == ("gzip", "aesgcm:2026")
        assert codecs.decode(data, labels, HERE) == b"x" * 2000


def test_what_was_taken_out_of_use_can_still_be_read() -> None:
    data, labels = codecs_from("gzip,aesgcm", keys_of(NEW)).encode(b"x" * 2000, HERE)

    out_of_use = codecs_from("", keys_of(NEW))

    assert not out_of_use
    assert out_of_use.decode(data, labels, HERE) == b"x" * 2000


def test_a_codec_of_ones_own_is_named_by_its_factory() -> None:
    codecs = codecs_from(f"{__name__}:Reversed", "")

    assert codecs.encode(b"abc", HERE) == (b"cba", ("reversed",))


@pytest.mark.parametrize(
    ("names", "keys", "fault"),
    [
        ("aesgcm", "", "PAYLOAD_CODECS: expected keys in PAYLOAD_KEYS for aesgcm; found none"),
        ("brotli", "", "PAYLOAD_CODECS: expected gzip, aesgcm or module:factory; found 'brotli'"),
        ("no.such.module:codec", "", "PAYLOAD_CODECS: No module named"),
        ("builtins:dict", "", "PAYLOAD_CODECS: expected 'builtins:dict' to make a codec"),
        ("aesgcm", "/no/such/file", "PAYLOAD_KEYS: .*No such file"),
        ("aesgcm", '{"a": "c2hvcnQ="}', "PAYLOAD_KEYS: .*expected keys of 32 bytes; found 5 in 'a'"),
        ("aesgcm", '{"a": "&"}', "PAYLOAD_KEYS: .*found no base64 in key 'a'"),
        ("aesgcm", '{"a b": "c2hvcnQ="}', "PAYLOAD_KEYS: .*expected key ids"),
        ("aesgcm", "{}", "PAYLOAD_KEYS: .*expected at least one key"),
        ("aesgcm", '{"a": "secretsecret', "PAYLOAD_KEYS: .*found no JSON"),
        ("aesgcm", '{"a": 1}', "PAYLOAD_KEYS: .*found something else"),
    ],
)
def test_a_wrong_choice_is_told_without_telling_keys(names: str, keys: str, fault: str) -> None:
    with pytest.raises(SettingsInvalid, match=fault) as caught:
        codecs_from(names, keys)

    assert len(caught.value.faults) == 1
    assert "secretsecret" not in str(caught.value)
