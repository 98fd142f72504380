from hypothesis import given
from hypothesis import strategies as st

from durable.ids import partitions
from orchestrator.shares import fair_shares

counts = st.integers(min_value=1, max_value=64)
host_sets = st.sets(st.text("abcdef-123", min_size=1, max_size=8), min_size=1, max_size=12)


@given(counts, host_sets)
def test_every_partition_has_exactly_one_host(count: int, hosts: set[str]) -> None:
    shares = fair_shares(partitions(count), hosts)

    assert sorted(partition for share in shares.values() for partition in share) == partitions(count)


@given(counts, host_sets)
def test_shares_differ_by_one_at_most(count: int, hosts: set[str]) -> None:
    sizes = [len(share) for share in fair_shares(partitions(count), hosts).values()]

    assert max(sizes) - min(sizes) <= 1


def test_nobody_gets_anything_when_there_are_no_hosts() -> None:
    assert fair_shares(partitions(4), []) == {}


def test_the_answer_does_not_depend_on_the_order_in_which_hosts_are_listed() -> None:
    hosts = ["c", "a", "b"]

    assert fair_shares(partitions(16), hosts) == fair_shares(partitions(16), sorted(hosts))


def test_a_host_that_comes_takes_little_more_than_its_share() -> None:
    before = fair_shares(partitions(16), ["a", "b", "c"])
    after = fair_shares(partitions(16), ["a", "b", "c", "d"])

    moved = sum(len(before[name] - after[name]) for name in before)

    assert moved <= 6
