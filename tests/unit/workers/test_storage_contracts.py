from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.storage import ListPage, WriteText
from contracts.tables import ENTITY_BYTES_MAX, EntityKey, TableEntity
from durable.payload import decode_payload, encode_payload

KEY = {"table": "Invoices", "partition_key": "p", "row_key": "r"}


def reasons(model: Any, value: object) -> list[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return []


@pytest.mark.parametrize("table", ["ab", "a" * 64, "1abc", "a-b", "a_b", "tables", "TABLES", "ärger", ""])
def test_a_name_of_a_table_follows_the_rules_of_the_service(table: str) -> None:
    assert reasons(EntityKey, {**KEY, "table": table}) != []


@pytest.mark.parametrize("key", ["", "a/b", "a\\b", "a#b", "a?b", "a\tb", "a\x7fb", "a\x85b", "x" * 513])
def test_a_key_follows_the_rules_of_the_service(key: str) -> None:
    assert len(reasons(EntityKey, {**KEY, "partition_key": key, "row_key": key})) == 2


@pytest.mark.parametrize("key", ["a b", "Łódź 🎉", "'quoted'", "100%", "a.b:c;d=e+f&g", "x" * 512])
def test_a_key_may_hold_anything_else(key: str) -> None:
    assert reasons(EntityKey, {**KEY, "row_key": key}) == []


@pytest.mark.parametrize(
    "name", ["", "1a", "a-b", "a b", "PartitionKey", "RowKey", "Timestamp", "json_properties", "a" * 256, "odata.type"]
)
def test_a_name_of_a_property_follows_the_rules_of_the_service(name: str) -> None:
    assert reasons(TableEntity, {**KEY, "properties": {name: 1}}) != []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**63, "expected a whole number of at most 64 bits; found one of 65"),
        (-(2**63) - 1, "expected a whole number"),
        (float("nan"), "finite number"),
        ("x" * 32_769, "expected at most 32768 UTF-16 units of text or JSON; found 32769"),
        (["x" * 32_768], "found 32772"),
        ({"$datetime": "yesterday"}, "valid datetime"),
        ({"$datetime": "2026-01-01T00:00:00"}, "timezone"),
        ({"$datetime": "1600-01-01T00:00:00Z"}, "from the year 1601 on"),
        (datetime(2026, 1, 1), "timezone"),  # noqa: DTZ001  That is the fault.
        (None, "valid"),
    ],
)
def test_a_value_that_no_table_can_hold_is_told(value: object, told: str) -> None:
    assert told in "; ".join(reasons(TableEntity, {**KEY, "properties": {"a": value}}))


def test_an_entity_is_bounded_in_size_and_number_of_properties() -> None:
    large = {f"p{n}": "x" * 30_000 for n in range(18)}
    many = {f"p{n}": 1 for n in range(252)}

    assert (
        f"expected an entity of at most {ENTITY_BYTES_MAX} bytes"
        in reasons(TableEntity, {**KEY, "properties": large})[0]
    )
    assert "at most 251 items" in reasons(TableEntity, {**KEY, "properties": many})[0]


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        0,
        1,
        -(2**63),
        1.0,
        0.1,
        "",
        "2026-01-01T00:00:00Z",
        datetime(2026, 1, 1, tzinfo=UTC),
        [],
        {},
        [1, "a"],
        {"a": None},
    ],
)
def test_a_value_travels_as_json_and_comes_back_with_its_type(value: object) -> None:
    entity = TableEntity.model_validate({**KEY, "properties": {"a": value}})

    back = decode_payload(encode_payload(entity, TableEntity), TableEntity)

    assert back == entity
    assert type(back.properties["a"]) is type(value)


def test_every_fault_of_an_entity_is_told_at_once() -> None:
    told = reasons(TableEntity, {"table": "x", "partition_key": "/", "properties": {"1": 1}})

    assert [reason.split(":")[0].split(".")[0] for reason in told] == [
        "table",
        "partition_key",
        "row_key",
        "properties",
    ]


def test_text_is_bounded_by_its_bytes() -> None:
    target = {"name": "a"}

    assert reasons(WriteText, {"target": target, "text": "x" * 65_536}) == []
    assert "found 65538" in reasons(WriteText, {"target": target, "text": "ü" * 32_769})[0]


def test_a_page_is_bounded() -> None:
    assert len(reasons(ListPage, {"page_size": 0, "prefix": "x" * 513, "store": "", "continuation": "x" * 4001})) == 4
    assert reasons(ListPage, {"page_size": 1000}) == []
