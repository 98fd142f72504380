"""Queries in one partition: what is selected."""

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account
from tests.conformance.cosmos.containers import SHARED
from tests.conformance.cosmos.wares import asked_ids

conditions_of_queries = Area("conditions of queries", "NoSQL query language", "aio")


@conditions_of_queries.case(SHARED)
async def comparisons_select_what_they_say(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.rank >= 2 AND c.rank < 3") == ["3", "4"]


@conditions_of_queries.case(SHARED)
async def not_equal_leaves_out_what_is_not_there(account: Account, orders: ContainerProxy) -> None:
    """Not equal selects values that differ, also from null, and nothing for what is not there."""
    assert await asked_ids(account, orders, "c.o.k != 1") == ["2"]


@conditions_of_queries.case(SHARED)
async def a_comparison_between_types_selects_nothing(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.name > 1 OR c.rank < 'a'") == []


@conditions_of_queries.case(SHARED)
async def in_selects_one_of_several(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.id IN ('1', '4', '9')") == ["1", "4"]


@conditions_of_queries.case(SHARED)
async def between_includes_both_ends(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.rank BETWEEN 2 AND 3") == ["1", "3", "4"]


@conditions_of_queries.case(SHARED)
async def like_matches_a_pattern(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.name LIKE 'N%t'") == ["3"]


@conditions_of_queries.case(SHARED)
async def like_knows_one_character_and_sets(account: Account, orders: ContainerProxy) -> None:
    """LIKE knows one character (_) and sets ([A-N])."""
    assert await asked_ids(account, orders, "c.name LIKE '[A-N]_t' OR c.name LIKE 'Bol_'") == ["2", "3"]


@conditions_of_queries.case(SHARED)
async def is_defined_tells_what_is_there(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "IS_DEFINED(c.flag) AND NOT IS_DEFINED(c.lines)") == ["1", "2"]


@conditions_of_queries.case(SHARED)
async def null_is_not_undefined(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "IS_NULL(c.o)") == ["3"]


@conditions_of_queries.case(SHARED)
async def types_are_told_apart(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(
        account,
        orders,
        "IS_BOOL(c.flag) AND IS_STRING(c.name) AND IS_NUMBER(c.rank) AND IS_ARRAY(c.tags) AND IS_OBJECT(c.o)",
    ) == ["1", "2"]


@conditions_of_queries.case(SHARED)
async def array_contains_finds_an_element(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "ARRAY_CONTAINS(c.tags, 'y')") == ["1", "2"]


@conditions_of_queries.case(SHARED)
async def array_contains_finds_a_part_of_an_object(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "ARRAY_CONTAINS(c.lines, {'sku': 'q'}, true)") == ["4"]


@conditions_of_queries.case(SHARED)
async def an_object_is_equal_only_as_a_whole(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.o = {'k': 2}") == ["2"]


@conditions_of_queries.case(SHARED)
async def not_turns_only_what_is_true_or_false(account: Account, orders: ContainerProxy) -> None:
    """NOT turns true and false around and leaves undefined alone."""
    assert await asked_ids(account, orders, "NOT c.flag") == ["2"]


@conditions_of_queries.case(SHARED)
async def or_holds_if_one_side_does(account: Account, orders: ContainerProxy) -> None:
    """OR holds if one side does, whatever the other is."""
    assert await asked_ids(account, orders, "c.none = 1 OR c.id = '1'") == ["1"]


@conditions_of_queries.case(SHARED)
async def a_property_is_named_in_brackets_too(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c['o']['k'] = 2 AND c[\"name\"] = 'Bolt'") == ["2"]


@conditions_of_queries.case(SHARED)
async def an_element_is_named_by_its_number(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "c.lines[1].sku = 'q'") == ["4"]


@conditions_of_queries.case(SHARED)
async def texts_are_compared_by_functions(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(
        account, orders, "STARTSWITH(c.name, 'n', true) AND ENDSWITH(c.name, 't') AND CONTAINS(c.name, 'u')"
    ) == ["3"]


@conditions_of_queries.case(SHARED)
async def exists_asks_a_subquery(account: Account, orders: ContainerProxy) -> None:
    assert await asked_ids(account, orders, "EXISTS(SELECT VALUE l FROM l IN c.lines WHERE l.n > 2)") == ["4"]


@conditions_of_queries.case(SHARED)
async def regexmatch_matches_a_part(account: Account, orders: ContainerProxy) -> None:
    """RegexMatch matches a part of the text."""
    assert await asked_ids(account, orders, "RegexMatch(c.name, '^[NB].*t$', 'i')") == ["2", "3"]


@conditions_of_queries.case(SHARED)
async def parameters_stand_for_values(account: Account, orders: ContainerProxy) -> None:
    parameters: list[dict[str, object]] = [{"name": "@kind", "value": "a"}, {"name": "@ids", "value": ["1", "2"]}]

    found = await asked_ids(account, orders, "c.kind = @kind AND ARRAY_CONTAINS(@ids, c.id)", parameters=parameters)

    assert found == ["1"]
