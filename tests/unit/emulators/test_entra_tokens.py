import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from emulators.entra import Entra, KeySetError, TokenExpired, TokenRefused, read_keys

NOW = 1_800_000_000_000
AUDIENCE = "https://servicebus.azure.net"
KEY = ec.generate_private_key(ec.SECP256R1())
UNSIGNED = Entra((AUDIENCE,))


def claims(**changed: object) -> dict[str, object]:
    return {"aud": AUDIENCE, "exp": NOW // 1000 + 3600, "sub": "a test"} | changed


def unsigned(**changed: object) -> str:
    return jwt.encode(claims(**changed), "", algorithm="none")


def signed(key: Any = KEY, name: str = "one", **changed: object) -> str:
    return jwt.encode(claims(**changed), key, algorithm="ES256", headers={"kid": name})


@pytest.fixture
def strict(tmp_path: Path) -> Entra:
    published = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "one", "alg": "ES256"}
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [published]}))
    return Entra((AUDIENCE,), read_keys(tmp_path / "keys.json"), "https://issuer")


def test_an_unsigned_token_is_taken_when_there_are_no_keys() -> None:
    token = UNSIGNED.check(unsigned(), NOW)

    assert (token.subject, token.expires_at) == ("a test", NOW + 3_600_000)


@pytest.mark.parametrize("audience", [AUDIENCE + "/", ["elsewhere", AUDIENCE]])
def test_an_audience_counts_without_its_slash_and_among_others(audience: object) -> None:
    assert UNSIGNED.check(unsigned(aud=audience), NOW).subject == "a test"


@pytest.mark.parametrize("audience", ["https://elsewhere", None, 7, []])
def test_another_audience_is_refused(audience: object) -> None:
    with pytest.raises(TokenRefused, match="audience"):
        UNSIGNED.check(unsigned(aud=audience), NOW)


def test_an_expired_token_is_refused_as_such() -> None:
    with pytest.raises(TokenExpired):
        UNSIGNED.check(unsigned(exp=NOW // 1000), NOW)


@pytest.mark.parametrize(("claim", "value"), [("exp", None), ("exp", "soon"), ("nbf", NOW // 1000 + 3600)])
def test_a_token_must_say_when_it_is_valid(claim: str, value: object) -> None:
    with pytest.raises(TokenRefused):
        UNSIGNED.check(unsigned(**{claim: value}), NOW)


@pytest.mark.parametrize("garbage", ["", "a.b.c", "SharedAccessSignature sr=x", "\udcff"])
def test_what_is_no_token_is_refused(garbage: str) -> None:
    with pytest.raises(TokenRefused):
        UNSIGNED.check(garbage, NOW)


def test_a_token_signed_with_a_key_of_the_set_is_taken(strict: Entra) -> None:
    assert strict.check(signed(iss="https://issuer"), NOW).subject == "a test"


@pytest.mark.parametrize(
    "token",
    [
        signed(ec.generate_private_key(ec.SECP256R1()), iss="https://issuer"),
        signed(name="another", iss="https://issuer"),
        unsigned(iss="https://issuer"),
        signed(iss="https://somebody"),
    ],
    ids=["another key", "unknown key", "unsigned", "another issuer"],
)
def test_a_key_set_refuses_what_it_does_not_know(strict: Entra, token: str) -> None:
    with pytest.raises(TokenRefused):
        strict.check(token, NOW)


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"keys": [{"kty": "oct"}]}'])
def test_a_file_that_is_no_key_set_is_told_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(KeySetError, match=r"keys\.json"):
        read_keys(tmp_path / "keys.json")
