from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tabular_worker.csv_files import open_csv, write_csv
from tabular_worker.json_files import open_json_lines, write_json_lines
from tabular_worker.orc_files import open_orc, write_orc
from tabular_worker.parquet import open_parquet, write_parquet
from tabular_worker.source import Source

KEPT_BY_ORC = [
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
    pa.float16(), pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.binary(), pa.large_binary(),
    pa.binary(3), pa.date32(), pa.decimal128(9, 2), pa.decimal128(38, 10), pa.null(),
    pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns"),
    pa.timestamp("ms", "UTC"), pa.timestamp("us", "Europe/Warsaw"), pa.dictionary(pa.int32(), pa.string()),
]  # fmt: skip
WHOLE = {8: 2**7, 16: 2**15, 32: 2**31, 64: 2**63}
# Of points in time, in seconds: what 64 bits hold in nanoseconds.
FAR = 9_223_372_035
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def values_of(type_: pa.DataType) -> st.SearchStrategy[Any]:
    found = next((strategy(type_) for is_such, strategy in STRATEGIES if is_such(type_)), None)
    assert found is not None, type_
    return st.none() if pa.types.is_null(type_) else st.none() | found


def whole(type_: pa.DataType) -> st.SearchStrategy[int]:
    half = WHOLE[type_.bit_width]
    return st.integers(-half, half - 1) if pa.types.is_signed_integer(type_) else st.integers(0, 2 * half - 1)


def decimals(type_: pa.DataType) -> st.SearchStrategy[Decimal]:
    most = 10**type_.precision - 1
    return st.integers(-most, most).map(lambda digits: Decimal(digits).scaleb(-type_.scale))


def instants(type_: pa.DataType) -> st.SearchStrategy[int]:
    return st.integers(-FAR * PER_SECOND[type_.unit], FAR * PER_SECOND[type_.unit])


STRATEGIES: list[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], st.SearchStrategy[Any]]]] = [
    (pa.types.is_boolean, lambda _: st.booleans()),
    (pa.types.is_integer, whole),
    (pa.types.is_float16, lambda _: st.sampled_from([0.0, 1.5, -2.25])),
    (pa.types.is_floating, lambda t: st.floats(width=t.bit_width, allow_nan=False)),
    (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t), lambda _: st.text(max_size=5)),
    (pa.types.is_fixed_size_binary, lambda t: st.binary(min_size=t.byte_width, max_size=t.byte_width)),
    (lambda t: pa.types.is_binary(t) or pa.types.is_large_binary(t), lambda _: st.binary(max_size=5)),
    (pa.types.is_date32, lambda _: st.dates()),
    (pa.types.is_decimal, decimals),
    (pa.types.is_timestamp, instants),
    (pa.types.is_dictionary, lambda _: st.sampled_from(["a", "b", ""])),
    (pa.types.is_null, lambda _: st.none()),
    (pa.types.is_struct, lambda t: st.fixed_dictionaries({f.name: values_of(f.type) for f in t})),
    (pa.types.is_map, lambda t: st.dictionaries(st.text(max_size=3), values_of(t.item_type), max_size=3).map(pairs)),
    (pa.types.is_fixed_size_list, lambda t: st.lists(values_of(t.value_type), min_size=2, max_size=2)),
    (pa.types.is_nested, lambda t: st.lists(values_of(t.value_type), max_size=3)),
]


def pairs(found: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(found.items())


def nested(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    filled = inner.filter(lambda type_: not pa.types.is_null(type_) and not pa.types.is_dictionary(type_))
    return st.one_of(
        filled.map(pa.list_),
        filled.map(pa.large_list),
        filled.map(lambda type_: pa.list_(type_, 2)),
        filled.map(lambda type_: pa.map_(pa.string(), type_)),
        st.lists(filled, min_size=1, max_size=3).map(
            lambda types: pa.struct([(f"f{number}", type_) for number, type_ in enumerate(types)])
        ),
    )


def tables(types: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.Table]:
    def filled(found: list[pa.DataType]) -> st.SearchStrategy[pa.Table]:
        columns = [st.lists(values_of(type_), min_size=3, max_size=3).map(array_of(type_)) for type_ in found]
        names = [f"c{number}" for number in range(len(found))]
        return st.tuples(*columns).map(lambda arrays: pa.table(list(arrays), names=names))

    return st.lists(types, min_size=1, max_size=4).flatmap(filled)


def array_of(type_: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    if pa.types.is_dictionary(type_):
        return lambda values: pa.array(values, type_.value_type).cast(type_)
    return lambda values: pa.array(values, type_)


ANY_KEPT = st.recursive(st.sampled_from(KEPT_BY_ORC), nested, max_leaves=4)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def as_source(table: pa.Table) -> Source:
    return Source(table.schema, table.to_batches)


def as_table(source: Source) -> pa.Table:
    table = pa.Table.from_batches(list(source.batches()), source.schema)
    table.validate(full=True)
    return table


def same(found: pa.Table, expected: pa.Table) -> bool:
    return bool(found.schema.equals(expected.schema) and found.combine_chunks().equals(expected.combine_chunks()))


@settings(max_examples=60, deadline=None)
@given(table=tables(ANY_KEPT))
def test_types_and_values_are_kept_from_parquet_to_orc_and_back(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "first.parquet")
    before = as_table(open_parquet(folder / "first.parquet"))

    write_orc(folder / "middle.orc", open_parquet(folder / "first.parquet"))
    write_parquet(folder / "last.parquet", open_orc(folder / "middle.orc"))

    assert same(as_table(open_parquet(folder / "last.parquet")), before)


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "a": st.none() | st.integers(-(2**63), 2**63 - 1),
                "b": st.none() | st.floats(allow_nan=False, allow_infinity=False),
                "c": st.none() | st.text(max_size=5),
                "d": st.none() | st.lists(st.none() | st.booleans(), max_size=2),
                "e": st.none() | st.fixed_dictionaries({"f": st.none() | st.text(max_size=3)}),
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_json_says_comes_back_as_it_was(folder: Path, rows: list[dict[str, Any]]) -> None:
    schema = pa.schema(
        [("a", pa.int64()), ("b", pa.float64()), ("c", pa.string()), ("d", pa.list_(pa.bool_())),
         ("e", pa.struct([("f", pa.string())]))]
    )  # fmt: skip
    table = pa.Table.from_pylist(rows, schema)

    write_json_lines(folder / "rows.jsonl", as_source(table))

    assert same(as_table(open_json_lines(folder / "rows.jsonl", schema)), table)


@settings(max_examples=60, deadline=None)
@given(
    table=tables(
        st.sampled_from(
            [
                pa.bool_(), pa.int8(), pa.uint64(), pa.float64(), pa.string(), pa.date32(), pa.decimal128(20, 4),
                pa.timestamp("us"), pa.timestamp("ns", "UTC"),
            ]
        )
    )
)  # fmt: skip
def test_what_csv_says_comes_back_as_it_was(folder: Path, table: pa.Table) -> None:
    write_csv(folder / "rows.csv", as_source(table), ",")

    assert same(as_table(open_csv(folder / "rows.csv", table.schema, ",")), table)


def test_the_type_of_a_column_stands_in_its_orc_attribute_alone(folder: Path) -> None:
    table = pa.table({"a": pa.array([1], pa.uint8()), "b": pa.array([1], pa.int8())})

    write_orc(folder / "attributes.orc", as_source(table))

    stored = pa.orc.ORCFile(folder / "attributes.orc").schema
    assert (stored.field("a").type, stored.field("b").type) == (pa.int16(), pa.int8())
    assert stored.field("b").metadata is None


def test_a_column_that_must_have_values_still_must(folder: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False)])

    write_orc(folder / "must.orc", as_source(pa.table([[1, 2]], schema=schema)))

    assert open_orc(folder / "must.orc").schema.equals(schema)


def test_orc_that_others_wrote_is_read_as_it_is(folder: Path) -> None:
    table = pa.table({"a": [1], "b": ["x"]})
    pa.orc.write_table(table, folder / "others.orc")

    assert same(as_table(open_orc(folder / "others.orc")), table)
