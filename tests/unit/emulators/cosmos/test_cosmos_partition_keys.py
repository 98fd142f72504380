from itertools import pairwise
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from hypothesis import given
from hypothesis import strategies as st

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.partition import PartitionKeyDefinition, effective_key, position_of
from emulators.cosmos.ranges import PhysicalRanges

COMPONENTS = st.one_of(
    st.text(max_size=40), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)


@given(COMPONENTS)
def test_a_key_has_the_place_on_the_ring_that_the_sdk_computes(component: Any) -> None:
    expected = PartitionKey("/pk")._get_effective_partition_key_string([component])

    assert effective_key([component], "Hash") == expected


@pytest.mark.parametrize("component", [None, {}])
def test_null_and_a_missing_value_have_places_of_their_own(component: Any) -> None:
    assert effective_key([component], "Hash") == PartitionKey("/pk")._get_effective_partition_key_string([component])


@given(st.lists(COMPONENTS, min_size=1, max_size=3))
def test_a_hierarchical_key_has_one_hash_for_each_level(components: list[Any]) -> None:
    definition = PartitionKey(["/a", "/b", "/c"], kind="MultiHash")

    assert effective_key(components, "MultiHash") == definition._get_effective_partition_key_string(components)


@pytest.mark.parametrize("count", [1, 2, 3, 16])
@given(key=st.text(max_size=20))
def test_each_key_lies_in_the_one_range_that_holds_it(count: int, key: str) -> None:
    ranges = PhysicalRanges(count)
    epk = effective_key([key], "Hash")

    holding = [physical for physical in ranges.all if physical.minimum <= epk < physical.maximum]

    assert holding == [ranges.at(position_of(epk))]


def test_ranges_tile_the_ring() -> None:
    ranges = PhysicalRanges(4).all

    assert [ranges[0].minimum, ranges[-1].maximum] == ["", "FF"]
    assert all(left.maximum == right.minimum for left, right in pairwise(ranges))


def test_a_range_that_is_not_there_is_gone() -> None:
    with pytest.raises(CosmosError) as caught:
        PhysicalRanges(2).named("2")

    assert caught.value.status == 410


def test_a_key_is_the_same_in_a_header_and_in_a_document() -> None:
    definition = PartitionKeyDefinition.of({"paths": ["/a/b"]})

    assert definition.of_header(b'["\\u00e9"]').text == definition.text_in({"a": {"b": "é"}})
    assert definition.of_header(b"[1.0]").text == definition.text_in({"a": {"b": 1}})
    assert definition.of_header(b"[{}]").text == definition.text_in({"a": {}})
    assert definition.of_header(b"[null]").text != definition.text_in({"a": {}})


@pytest.mark.parametrize("header", [b'"a"', b'["a", "b"]', b'[["a"]]', b'["' + b"x" * 2100 + b'"]', b"["])
def test_an_impossible_key_is_refused(header: bytes) -> None:
    with pytest.raises(CosmosError) as caught:
        PartitionKeyDefinition.of({"paths": ["/pk"]}).of_header(header)

    assert caught.value.status == 400


def test_hash_version_1_is_refused() -> None:
    with pytest.raises(CosmosError, match="version 1"):
        PartitionKeyDefinition.of({"paths": ["/pk"], "version": 1})
