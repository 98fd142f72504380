from collections.abc import Callable

import pytest

from durable.trace import (
    BAGGAGE_CHARACTERS_MAX,
    TRACESTATE_CHARACTERS_MAX,
    is_traceparent,
    mint_traceparent,
    trace_context,
)

VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LATER = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def bits(value: int) -> Callable[[int], int]:
    return lambda count: value & ((1 << count) - 1)


@pytest.mark.parametrize("text", [VALID, LATER, f"{LATER}-more", VALID[:-2] + "00"])
def test_a_traceparent_of_this_version_or_a_later_one_is_valid(text: str) -> None:
    assert is_traceparent(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        VALID.upper(),
        f"{VALID}-more",
        f"{VALID} ",
        f"{VALID}\n",
        f"{LATER}more",
        f"ff{VALID[2:]}",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        VALID[:-1],
        f"{VALID},{VALID}",
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    assert not is_traceparent(text)


@pytest.mark.parametrize("value", [0, 1, (1 << 128) - 1])
def test_a_minted_traceparent_is_valid_whatever_the_dice_say(value: int) -> None:
    assert is_traceparent(mint_traceparent(bits(value)))


def test_a_valid_context_is_passed_on_unchanged() -> None:
    context = {"traceparent": VALID, "tracestate": "a=1", "baggage": "b=2"}

    assert trace_context(VALID, "a=1", "b=2", bits(1)) == context


def test_an_invalid_traceparent_takes_its_tracestate_with_it() -> None:
    assert trace_context("x", "a=1", "b=2", bits(7)) == {"traceparent": mint_traceparent(bits(7)), "baggage": "b=2"}


def test_what_is_too_long_is_dropped() -> None:
    context = trace_context(VALID, "a" * (TRACESTATE_CHARACTERS_MAX + 1), "b" * (BAGGAGE_CHARACTERS_MAX + 1), bits(1))

    assert context == {"traceparent": VALID}
