"""Types by annotation: what comes back from JSON is what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    NaiveDatetime,
    ValidationError,
    field_serializer,
)
from typing_extensions import TypedDict

from durable.payload import decode_payload, encode_payload, reasons_of
from tests.support.payload_values import VALUES, Card, Customer, Invoice, Page, Payment, Transfer, Tree

TYPED_VALUES = st.sampled_from(VALUES).flatmap(lambda pair: pair[1].map(lambda value: (pair[0], value)))
NAIVE = datetime(2026, 5, 1, 12)  # noqa: DTZ001
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
IN_BERLIN = datetime(2026, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))


def _there_and_back(value: object, type_: Any) -> Any:
    return decode_payload(orjson.loads(orjson.dumps(encode_payload(value, type_))), type_)


@given(TYPED_VALUES)
@settings(max_examples=400)
def test_a_value_comes_back_equal(typed: tuple[Any, object]) -> None:
    type_, value = typed

    back = _there_and_back(value, type_)

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("given_", [NAIVE, NOON, IN_BERLIN])
def test_a_point_in_time_comes_out_in_utc_wherever_it_stands(given_: datetime) -> None:
    invoice = Invoice(number=1, total=Decimal(1), due=given_)

    assert _there_and_back(given_, datetime) == NOON
    assert _there_and_back([invoice], list[Invoice])[0].due == NOON
    assert _there_and_back(invoice, Invoice).due.tzinfo is UTC


@pytest.mark.parametrize("written", ["2026-05-01T12:00:00", "2026-05-01T12:00:00Z", "2026-05-01T14:00:00+02:00"])
def test_a_point_in_time_of_a_stranger_is_read_as_utc(written: str) -> None:
    assert decode_payload({"kind": "transfer", "at": written}, Payment) == Transfer(at=NOON)
    assert decode_payload(written, AwareDatetime if "Z" in written else datetime).tzinfo is UTC


def test_a_time_declared_naive_stays_naive() -> None:
    assert _there_and_back(NAIVE, NaiveDatetime) == NAIVE


def test_a_model_may_say_how_its_bytes_are_written() -> None:
    class Note(BaseModel):
        model_config = ConfigDict(ser_json_bytes="utf8", val_json_bytes="utf8")
        text: bytes

    assert encode_payload(Note(text=b"plain"), Note) == {"text": "plain"}
    assert _there_and_back(Note(text=b"plain"), Note) == Note(text=b"plain")


def test_a_model_may_say_how_its_times_are_written() -> None:
    class Day(BaseModel):
        at: datetime

        @field_serializer("at")
        def _year(self, at: datetime) -> str:
            return f"{at.year}-01-01T00:00:00Z"

    assert encode_payload(Day(at=NOON), Day) == {"at": "2026-01-01T00:00:00Z"}


def test_names_of_fields_are_no_schema() -> None:
    class Odd(BaseModel):
        type: datetime
        default: datetime
        config: bytes = b"\xff"

    assert _there_and_back(Odd(type=NAIVE, default=NAIVE), Odd) == Odd(type=NOON, default=NOON)


def test_a_bare_generic_is_taken_for_what_its_items_are() -> None:
    assert _there_and_back(Page(items=[1, 2]), Page[int]) == Page[int](items=[1, 2])


def test_a_bare_generic_whose_items_do_not_fit_is_refused_with_the_place() -> None:
    with pytest.raises(TypeError, match=r"items\.1: .*integer"):
        encode_payload(Page(items=[1, "two"]), Page[int])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_know_is_refused_with_the_place(number: float) -> None:
    with pytest.raises(TypeError, match=rf"that JSON can hold; found {number} at prices\.1\.net"):
        encode_payload({"prices": [{"net": None}, {"net": number}]}, dict[str, list[dict[str, float | None]]])


def test_none_is_no_fault() -> None:
    assert encode_payload([None, 1.5], list[float | None]) == [None, 1.5]


def test_a_number_of_more_than_64_bits_is_refused_with_the_place() -> None:
    with pytest.raises(TypeError, match=r"a number of 71 bits at 1; write it as text"):
        encode_payload([1, 2**70], list[int])


def test_text_that_is_no_unicode_is_refused_with_the_place() -> None:
    with pytest.raises(TypeError, match=r"a lone surrogate in the text at a"):
        encode_payload({"a": "\ud800"}, dict[str, object])


def test_a_value_of_another_type_is_refused_with_the_place() -> None:
    with pytest.raises(
        TypeError, match=r"expected a value of list\[.*Invoice\].*1: Input should be an instance of Invoice"
    ):
        encode_payload([Invoice(number=1, total=Decimal(1)), "two"], list[Invoice])


def test_another_model_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a Invoice; found a Card"):
        encode_payload(Card(digits="1"), Invoice)


def test_another_model_inside_a_container_is_refused_with_the_place() -> None:
    with pytest.raises(TypeError, match=r"1: Input should be an instance of Invoice"):
        encode_payload([Invoice(number=1, total=Decimal(1)), Card(digits="1")], list[Invoice])


def test_another_model_inside_a_dataclass_is_refused() -> None:
    wrong: Any = Card(digits="1")

    with pytest.raises(TypeError, match="address: Input should be an instance of Address"):
        encode_payload(Customer(UUID(int=1), wrong), Customer)


def test_data_that_does_not_fit_names_the_path() -> None:
    with pytest.raises(ValidationError) as caught:
        decode_payload({"id": "x", "address": {"street": "s", "since": "never"}}, Customer)

    assert [where for where, _ in reasons_of(caught.value)] == ["id", "address.since"]


def test_an_unknown_tag_says_which_there_are() -> None:
    with pytest.raises(ValidationError, match="'card', 'transfer'"):
        decode_payload({"kind": "cheque"}, Payment)


class Holder(TypedDict):
    invoice: Invoice


WRONG: Any = Card(digits="1")
FITTING = Invoice(number=1, total=Decimal(1))


@pytest.mark.parametrize(
    ("type_", "value", "where"),
    [
        (dict[str, Invoice], {"a": WRONG}, "a"),
        (dict[str, list[Invoice | None]], {"a": [None, WRONG]}, "a.1"),
        (tuple[int, Invoice], (1, WRONG), "1"),
        (tuple[Invoice, ...], (FITTING, WRONG), "1"),
        (Holder, {"invoice": WRONG}, "invoice"),
        (Payment, FITTING, r"is-instance\[Card\]"),
        (list[Tree], [WRONG], "0"),
    ],
)
def test_an_object_of_another_class_is_refused_wherever_it_is(type_: Any, value: object, where: str) -> None:
    with pytest.raises(TypeError, match=rf"{where}: Input should be an instance of"):
        encode_payload(value, type_)


def test_only_classes_are_looked_at_before_a_value_is_written() -> None:
    def refuse(_: object) -> object:
        raise AssertionError("validators read what comes from outside")

    type_ = list[Annotated[Invoice, BeforeValidator(refuse)] | int]

    assert encode_payload([1, FITTING], type_)[0] == 1
