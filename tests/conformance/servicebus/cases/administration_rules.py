"""Rules of subscriptions made, told, changed and deleted by the administration client."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.servicebus import ServiceBusMessage
from azure.servicebus.management import (
    CorrelationRuleFilter,
    FalseRuleFilter,
    SqlRuleAction,
    SqlRuleFilter,
    TrueRuleFilter,
)

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import topic

admin_rules = Area("administration of rules", "ServiceBusAdministrationClient", "administration")

DEFAULT = "$Default"


@admin_rules.case(topic("first"))
async def a_new_subscription_has_the_rule_default(bus: Bus, news: str) -> None:
    """A new subscription has one rule, `$Default`, which is the true filter."""
    (rule,) = [each async for each in bus.admin.list_rules(news, "first")]

    assert (rule.name, type(rule.filter)) == (DEFAULT, TrueRuleFilter)


@admin_rules.case(topic("first"))
async def without_its_default_rule_a_subscription_gets_nothing(bus: Bus, news: str) -> None:
    await bus.admin.delete_rule(news, "first", DEFAULT)

    await bus.send(news, "one")

    assert await bus.peek(f"{news}/first") == []


@admin_rules.case(topic("first"))
async def a_rule_beside_the_default_one_changes_nothing(bus: Bus, news: str) -> None:
    """A rule beside the default one lets no message pass that would not pass without it, and stops none."""
    await bus.admin.create_rule(news, "first", "red", filter=SqlRuleFilter("color = 'red'"))

    await bus.send(news, "one", ServiceBusMessage("two", application_properties={"color": "red"}))

    assert bodies(await bus.peek(f"{news}/first")) == ["one", "two"]


@admin_rules.case(topic("first"))
async def rules_hold_for_messages_sent_after_them(bus: Bus, news: str) -> None:
    await bus.send(news, "before")
    await bus.admin.create_rule(news, "first", "none", filter=FalseRuleFilter())
    await bus.admin.delete_rule(news, "first", DEFAULT)

    await bus.send(news, "after")

    assert bodies(await bus.peek(f"{news}/first")) == ["before"]


@admin_rules.case(topic("first"))
async def a_sql_rule_is_kept_with_its_parameters_and_action(bus: Bus, news: str) -> None:
    """A SQL rule is kept with its parameters and action."""
    await bus.admin.create_rule(
        news,
        "first",
        "sql",
        filter=SqlRuleFilter("color = @color AND size > @size", parameters={"@color": "red", "@size": 2}),
        action=SqlRuleAction("SET done = @done", parameters={"@done": "yes"}),
    )

    found = await bus.admin.get_rule(news, "first", "sql")

    assert isinstance(found.filter, SqlRuleFilter)
    assert found.filter.sql_expression == "color = @color AND size > @size"
    assert dict(found.filter.parameters or {}) == {"@color": "red", "@size": 2}
    assert found.action is not None
    assert (found.action.sql_expression, dict(found.action.parameters or {})) == ("SET done = @done", {"@done": "yes"})


@admin_rules.case(topic("first"), documented="Subscription rule SQL filter syntax")
async def parameters_stand_for_their_values(bus: Bus, news: str) -> None:
    await bus.admin.delete_rule(news, "first", DEFAULT)
    await bus.admin.create_rule(
        news,
        "first",
        "sql",
        filter=SqlRuleFilter("color = @color", parameters={"@color": "red"}),
        action=SqlRuleAction("SET done = @done", parameters={"@done": "yes"}),
    )

    for color in ("blue", "red"):
        await bus.send(news, ServiceBusMessage(color, application_properties={"color": color}))
    message = await bus.receive_one(f"{news}/first")

    assert str(message) == "red"
    assert (message.application_properties or {})[b"done"] == b"yes"


@admin_rules.case(topic("first"))
async def a_correlation_rule_is_kept_with_the_types_of_its_values(bus: Bus, news: str) -> None:
    values: dict[str, Any] = {
        "text": "t",
        "number": 2,
        "long": 2**40,
        "truth": False,
        "time": datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - The client takes a time without a zone.
        "span": timedelta(days=1, hours=2),
    }
    given = CorrelationRuleFilter(correlation_id="c", label="l", properties=values)
    await bus.admin.create_rule(news, "first", "correlation", filter=given)

    found = (await bus.admin.get_rule(news, "first", "correlation")).filter

    assert isinstance(found, CorrelationRuleFilter)
    assert (found.correlation_id, found.label) == ("c", "l")
    kept: dict[str, Any] = dict(found.properties or {})
    kept["time"] = kept["time"].replace(tzinfo=None)
    assert kept == values


@admin_rules.case(topic("first"))
async def true_and_false_filters_come_back_as_such(bus: Bus, news: str) -> None:
    for kind in (TrueRuleFilter, FalseRuleFilter):
        await bus.admin.create_rule(news, "first", kind.__name__, filter=kind())

        assert type((await bus.admin.get_rule(news, "first", kind.__name__)).filter) is kind


@admin_rules.case(topic("first"))
async def a_rule_that_is_there_is_not_made_again(bus: Bus, news: str) -> None:
    await bus.admin.create_rule(news, "first", "red", filter=SqlRuleFilter("color = 'red'"))

    with pytest.raises(ResourceExistsError):
        await bus.admin.create_rule(news, "first", "red", filter=SqlRuleFilter("color = 'red'"))


@admin_rules.case(topic("first"))
async def a_rule_is_replaced(bus: Bus, news: str) -> None:
    await bus.admin.create_rule(news, "first", "one", filter=SqlRuleFilter("color = 'red'"))
    rule = await bus.admin.get_rule(news, "first", "one")
    rule.filter = CorrelationRuleFilter(correlation_id="c")

    await bus.admin.update_rule(news, "first", rule)

    found = (await bus.admin.get_rule(news, "first", "one")).filter
    assert isinstance(found, CorrelationRuleFilter)
    assert found.correlation_id == "c"


@admin_rules.case(topic("first"))
async def rules_are_listed_in_the_order_of_their_names_or_making(bus: Bus, news: str) -> None:
    """All rules of a subscription are listed, the default one first."""
    for name in ("a", "b", "c"):
        await bus.admin.create_rule(news, "first", name, filter=SqlRuleFilter("1=1"))

    names = [each.name async for each in bus.admin.list_rules(news, "first")]

    assert (names[0], set(names)) == (DEFAULT, {DEFAULT, "a", "b", "c"})


@admin_rules.case(topic("first"))
async def a_rule_that_is_not_there_is_an_error(bus: Bus, news: str) -> None:
    """A rule that is not there can be neither told nor deleted."""
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.get_rule(news, "first", "nowhere")
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.delete_rule(news, "first", "nowhere")


@admin_rules.case(topic("first"), documented="Subscription rule SQL filter syntax")
async def a_filter_that_makes_no_sense_is_refused(bus: Bus, news: str) -> None:
    for expression in ("color = ", "color == 'red'", "(color = 'red'", "sys.Nonsense = 1"):
        with pytest.raises(HttpResponseError):
            await bus.admin.create_rule(news, "first", "bad", filter=SqlRuleFilter(expression))


@admin_rules.case(topic("first"), documented="Subscription rule SQL action syntax")
async def an_action_that_makes_no_sense_is_refused(bus: Bus, news: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_rule(news, "first", "bad", filter=TrueRuleFilter(), action=SqlRuleAction("PUT a = 1"))


@admin_rules.case(topic("first"), documented="Service Bus quotas")
async def a_filter_has_1024_characters_at_most(bus: Bus, news: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_rule(news, "first", "long", filter=SqlRuleFilter(f"color = '{'x' * 1024}'"))
