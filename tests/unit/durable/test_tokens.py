import base64
import re

import pytest

from durable.errors import InvalidToken
from durable.tokens import CompletionToken

TOKEN = CompletionToken("order:7", "0123456789abcdef", 1, 3, 2, "bank.transfer")


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def test_a_token_names_its_attempt() -> None:
    assert CompletionToken.decode(TOKEN.encode()) == TOKEN


@pytest.mark.parametrize("instance_id", ["a", "ab", "abc", "x" * 128])
def test_a_token_is_safe_in_an_address(instance_id: str) -> None:
    text = CompletionToken(instance_id, "0123456789abcdef", 1, 3, 2, "bank.transfer").encode()

    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no token",
        "ü",
        TOKEN.encode()[:-3],
        encoded("[]"),
        encoded("7"),
        encoded('{"v":1}'),
        encoded('[2,"a","r",1,1,1,"b.c"]'),
        encoded('[1,"a","r",1,1,1]'),
        encoded('[1,"a","r",1,1,1,"b.c",0]'),
        encoded('[1,"a","r",true,1,1,"b.c"]'),
        encoded('[1,"a~b","r",1,1,1,"b.c"]'),
    ],
)
def test_what_is_no_token_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(InvalidToken, match=r"expected .*found"):
        CompletionToken.decode(text)
