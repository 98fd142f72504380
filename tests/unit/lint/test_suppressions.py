import pytest

from tests.support.linted import codes, findings


@pytest.mark.parametrize(
    "comment",
    [
        "# durable: ignore[DUR001]",
        "#durable:ignore[DUR001]",
        "# measured on purpose  # durable: ignore[DUR001]: never decides anything",
        "# durable: ignore[ DUR001 ]",
    ],
)
def test_a_suppression_takes_back_the_finding_on_its_line(comment: str) -> None:
    assert codes(f"x = time.time()  {comment}", before="import time") == []


def test_a_suppression_of_several_codes_takes_back_each() -> None:
    assert codes("x = time.time(), open('f')  # durable: ignore[DUR001, DUR003]", before="import time") == []


def test_a_suppression_takes_back_only_its_own_codes_and_is_told_if_it_was_not_needed() -> None:
    found = findings("x = time.time()  # durable: ignore[DUR003]", before="import time")

    assert [one.code.id for one in found] == ["DUR001", "DUR013"]
    assert found[1].found == "# durable: ignore[DUR003]"
    assert found[1].column == 22


def test_a_suppression_counts_for_its_line_alone() -> None:
    assert codes("# durable: ignore[DUR001]\nx = time.time()", before="import time") == ["DUR013", "DUR001"]


def test_a_suppression_outside_of_saga_code_is_not_needed() -> None:
    assert codes("pass", before="import time\nx = time.time()  # durable: ignore[DUR001]") == ["DUR013"]


def test_a_suppression_that_names_no_code_suppresses_nothing_and_says_what_to_write() -> None:
    found = findings("x = time.time()  # durable: ignore", before="import time")

    assert [one.code.id for one in found] == ["DUR001", "DUR013"]
    assert "ignore[DUR001]" in found[1].instead


def test_other_comments_suppress_nothing() -> None:
    assert codes("x = time.time()  # DUR001 is fine here", before="import time") == ["DUR001"]


def test_a_text_that_looks_like_a_suppression_is_none() -> None:
    assert codes("x = '# durable: ignore[DUR001]'") == []
