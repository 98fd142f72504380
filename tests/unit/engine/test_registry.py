from typing import Any

import pytest

from durable import CloudEvent, Saga, SagaContext, saga
from durable.errors import AuthorError
from orchestrator.engine import Registry
from orchestrator.engine.registry import Resumption


def a_saga(name: str, version: str = "1", **options: Any) -> Saga[Any, Any]:
    @saga(name, version=version, **options)
    async def code(ctx: SagaContext) -> None: ...

    return code


def received(type_: str = "document.received", **data: Any) -> CloudEvent:
    return CloudEvent(id="1", source="test", type=type_, data=data)


def test_a_saga_is_found_by_name_and_version() -> None:
    one, two = a_saga("a", "1"), a_saga("a", "2")
    registry = Registry([one, two])

    assert registry.find("a", "1") is one
    assert registry.find("a", "3") is None
    assert registry.find("b") is None


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["2", "10", "9"], "10"),
        (["1.9", "1.10"], "1.10"),
        (["2024-12", "2025-01"], "2025-01"),
        (["1", "1b", "1a"], "1b"),
    ],
)
def test_without_a_version_the_newest_is_found_by_the_order_in_which_people_count(
    versions: list[str], newest: str
) -> None:
    registry = Registry([a_saga("a", version) for version in versions])

    found = registry.find("a")

    assert found is not None
    assert found.version == newest


def test_a_saga_registered_twice_is_refused_and_both_are_named() -> None:
    with pytest.raises(AuthorError, match=r"'a' of version '1'.*a_saga.*a_saga"):
        Registry([a_saga("a"), a_saga("a")])


def test_the_same_saga_given_twice_is_one() -> None:
    one = a_saga("a")

    assert Registry([one, one]).names == ("a",)


def test_an_event_starts_every_saga_that_takes_it_in_its_newest_version() -> None:
    pdf = a_saga("pdf", starts_on="document.received", starts_if=lambda event: event.data["type"] == "pdf")
    text = a_saga("text", starts_on="document.received", starts_if=lambda event: event.data["type"] == "text")
    every, newer = (a_saga("every", version, starts_on="document.received") for version in "12")
    other = a_saga("other", starts_on="rows.received")
    registry = Registry([pdf, text, newer, every, other, a_saga("by-hand")])

    assert registry.started_by(received(type="pdf")) == [newer, pdf]
    assert registry.started_by(received("unknown")) == []


def test_a_newer_version_that_starts_on_nothing_stops_the_starts() -> None:
    registry = Registry([a_saga("a", "1", starts_on="document.received"), a_saga("a", "2")])

    assert registry.started_by(received()) == []


def test_a_predicate_that_raises_is_told_with_its_saga() -> None:
    registry = Registry([a_saga("a", starts_on="document.received", starts_if=lambda event: event.data["no"])])

    with pytest.raises(AuthorError, match=r"starts_if of saga 'a' .*event '1'.*KeyError: 'no'"):
        registry.started_by(received())


def test_what_an_event_resumes_is_told_by_saga_and_the_newest_version_says_where_the_key_is() -> None:
    def resuming(name: str, version: str, wait: str, key: str) -> Saga[Any, Any]:
        @saga(name, version=version, resumes_on={"payment.captured": (wait, key)})
        async def resumed(ctx: SagaContext) -> None:
            return None

        return resumed

    old, new = resuming("order", "2", "payment", "id"), resuming("order", "10", "payment", "order.id")
    other = resuming("invoice", "1", "paid", "no")
    registry = Registry([new, old, other])

    assert list(registry.resumed_by("payment.captured")) == [
        Resumption(other, "paid", "no"),
        Resumption(new, "payment", "order.id"),
    ]
    assert list(registry.resumed_by("payment.refused")) == []


def test_what_is_no_saga_is_refused() -> None:
    async def code(ctx: SagaContext) -> None: ...

    with pytest.raises(TypeError, match="decorated with @saga"):
        Registry([code])  # type: ignore[list-item]  # The point of this test.
