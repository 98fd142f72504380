import time

import pytest

from emulators.cosmos.sql.operators import is_like
from emulators.patterns import compiled
from emulators.servicebus.broker.rules.operators import like

LONG = "a" * 20_000
WILD = "%a" * 12 + "%b"
CPU_SECONDS_MAX = 1.0


@pytest.mark.parametrize("matches", [like, is_like])
def test_many_wild_cards_take_no_more_time_than_the_text_is_long(matches: object) -> None:
    assert callable(matches)
    started = time.process_time()

    assert matches(LONG, WILD, "") is False
    assert matches(LONG + "b", WILD, "") is True
    assert time.process_time() - started < CPU_SECONDS_MAX


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*$", "(a|aa)+$", "([a-z]+)*$"])
def test_no_regular_expression_holds_up_the_endpoint(pattern: str) -> None:
    started = time.process_time()

    form = compiled(f"^{pattern}")

    assert form is not None
    assert form.search(LONG + "!") is None or pattern == "(.*)*$"
    assert time.process_time() - started < CPU_SECONDS_MAX


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a(?=b)", r"(a)\1", "x{1000}{1000}", "\\", "\ud800"])
def test_what_is_no_pattern_is_none(pattern: str) -> None:
    assert compiled(pattern) is None


def test_an_unknown_modifier_makes_no_pattern() -> None:
    assert compiled("a", "q") is None


def test_modifiers_do_what_they_are_known_for() -> None:
    forms = [compiled("^ b # why", "imx"), compiled("a.b", "s"), compiled("a.b")]

    assert [
        form is not None and form.search("A\nB" if at == 0 else "a\nb") is not None for at, form in enumerate(forms)
    ]
    assert forms[0] is not None
    assert forms[0].search("a\nB") is not None


@pytest.mark.parametrize(("pattern", "fits"), [("[", True), ("%[a-c]_", False), ("[z-a]", None)])
def test_sets_in_patterns_are_what_they_say_or_nothing(pattern: str, *, fits: bool | None) -> None:
    answer = is_like("[", pattern, "")

    assert answer is fits if fits is not None else answer is not True
