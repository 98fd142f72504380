"""Rules of subscriptions: several of them, correlation filters, actions."""

import asyncio
from typing import Any
from uuid import UUID

from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.management import CorrelationRuleFilter, FalseRuleFilter, SqlRuleFilter, TrueRuleFilter

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import Filter, subscription, topic

rules = Area("rules and actions", "Topic filters and actions", "aio")

ACTIONS = "Subscription rule SQL action syntax"
Properties = dict[str | bytes, Any]


def _message(text: str, **properties: Any) -> ServiceBusMessage:
    return ServiceBusMessage(text, application_properties=dict(properties.items()))


@rules.case(topic("first"))
async def a_subscription_without_a_rule_of_its_own_gets_everything(bus: Bus, news: str) -> None:
    await bus.send(news, "one", _message("two", a=1))

    assert bodies(await bus.receive(f"{news}/first", 2)) == ["one", "two"]


@rules.case(topic(red=subscription("color = 'red'"), blue=subscription("color = 'blue'")))
async def each_subscription_gets_what_passes_its_own_rule(bus: Bus, news: str) -> None:
    await bus.send(news, _message("r", color="red"), _message("b", color="blue"), _message("g", color="green"))

    assert bodies(await bus.peek(f"{news}/red")) == ["r"]
    assert bodies(await bus.peek(f"{news}/blue")) == ["b"]


@rules.case(topic(some=subscription("color = 'red'")))
async def a_message_that_passes_no_rule_is_accepted_and_gone(bus: Bus, news: str) -> None:
    await bus.send(news, _message("b", color="blue"))

    assert await bus.peek(f"{news}/some") == []


@rules.case(topic(some=subscription("a = 1", "b = 1")))
async def a_message_that_passes_two_rules_comes_once(bus: Bus, news: str) -> None:
    """A message that passes two rules without actions comes once."""
    await bus.send(news, _message("both", a=1, b=1), _message("a", a=1), _message("b", b=1))

    assert bodies(await bus.peek(f"{news}/some")) == ["both", "a", "b"]


@rules.case(topic(all=subscription(TrueRuleFilter()), none=subscription(FalseRuleFilter())))
async def the_true_filter_lets_all_pass_and_the_false_filter_none(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    assert bodies(await bus.peek(f"{news}/all")) == ["one"]
    assert await bus.peek(f"{news}/none") == []


@rules.case(topic("first"), documented="Message sequencing and timestamps")
async def copies_in_a_subscription_are_numbered_in_their_order(bus: Bus, news: str) -> None:
    await bus.send(news, "one", "two", "three")

    numbers = [message.sequence_number or 0 for message in await bus.peek(f"{news}/first")]

    assert numbers == sorted(set(numbers))


def _correlates(sentence: str, filter: Filter, *, yes: dict[str, Any], no: list[dict[str, Any]]) -> None:
    async def act(bus: Bus, news: str) -> None:
        await bus.send(news, *(ServiceBusMessage("no", **each) for each in no), ServiceBusMessage("yes", **yes))

        assert bodies(await bus.receive(f"{news}/some")) == ["yes"]

    act.__name__ = "_".join("".join(sign if sign.isalnum() else " " for sign in sentence).lower().split())
    act.__doc__ = f"{sentence}."
    rules.case(topic(some=subscription(filter)))(act)


def _given(**properties: Any) -> dict[str, Any]:
    return {"application_properties": properties}


for _name, _option in {
    "correlation_id": "correlation_id",
    "message_id": "message_id",
    "to": "to",
    "reply_to": "reply_to",
    "label": "subject",
    "content_type": "content_type",
    "session_id": "session_id",
}.items():
    _correlates(
        f"A correlation filter compares the {_name.replace('_', ' ')}",
        CorrelationRuleFilter(**{_name: "x"}),  # type: ignore[arg-type]
        yes={_option: "x"},
        no=[{_option: "X"}, {_option: "y"}, {}],
    )

_correlates(
    "A correlation filter compares the session id to reply to",
    CorrelationRuleFilter(reply_to_session_id="x"),
    yes={"reply_to_session_id": "x", "session_id": "s"},
    no=[{"session_id": "x"}],
)
_correlates(
    "A correlation filter compares properties of the sender",
    CorrelationRuleFilter(properties={"color": "red", "size": 2}),
    yes=_given(color="red", size=2),
    no=[_given(color="red"), _given(color="Red", size=2), _given(color="red", size=3), {}],
)
_correlates(
    "A correlation filter needs all that it names",
    CorrelationRuleFilter(label="l", correlation_id="c", properties={"a": "1"}),
    yes={"subject": "l", "correlation_id": "c"} | _given(a="1"),
    no=[{"subject": "l", "correlation_id": "c"}, {"subject": "l"} | _given(a="1")],
)


def _acts(sentence: str, action: str, *, given: Properties, gets: Properties) -> None:
    """A case: the action makes other properties of those that were given."""

    async def act(bus: Bus, news: str) -> None:
        await bus.send(news, ServiceBusMessage("one", application_properties=given))
        message = await bus.receive_one(f"{news}/changed")

        found = dict(message.application_properties or {})
        found.pop(b"RuleName", None)
        assert found == {str(name).encode(): value for name, value in gets.items()}

    act.__name__ = "_".join("".join(sign if sign.isalnum() else " " for sign in sentence).lower().split())
    act.__doc__ = f"{sentence} (`{action}`)."
    rules.case(topic(changed=subscription("1=1", action=action)), documented=ACTIONS)(act)


_acts("SET changes a property", "SET a = 2", given={"a": 1}, gets={"a": 2})
_acts("SET adds a property", "SET b = 'new'", given={"a": 1}, gets={"a": 1, "b": b"new"})
_acts("SET calculates", "SET a = a * 2 + 1", given={"a": 3}, gets={"a": 7})
_acts("SET copies a property", "SET b = a", given={"a": "x"}, gets={"a": b"x", "b": b"x"})
_acts("REMOVE takes a property away", "REMOVE a", given={"a": 1, "b": 2}, gets={"b": 2})
_acts("REMOVE of what is not there does nothing", "REMOVE x", given={"a": 1}, gets={"a": 1})
_acts("Several actions follow one another", "SET a = 2; SET b = a; REMOVE a", given={"a": 1}, gets={"b": 2})
_acts("A name in brackets may be set", "SET [my prop] = 1", given={}, gets={"my prop": 1})


@rules.case(
    topic(changed=subscription("1=1", action="SET sys.Label = 'new'; SET sys.CorrelationId = a")), documented=ACTIONS
)
async def an_action_sets_properties_of_the_broker(bus: Bus, news: str) -> None:
    await bus.send(news, ServiceBusMessage("one", subject="old", application_properties={"a": "c"}))

    message = await bus.receive_one(f"{news}/changed")

    assert (message.subject, message.correlation_id) == ("new", "c")


@rules.case(topic(changed=subscription("1=1", action="SET id = newid()")), documented=ACTIONS)
async def the_function_newid_gives_a_uuid(bus: Bus, news: str) -> None:
    """The function `newid()` gives each message a UUID of its own."""
    await bus.send(news, "one", "two")

    messages = await bus.receive(f"{news}/changed", 2)
    ids = [dict(message.application_properties or {})[b"id"] for message in messages]

    assert all(isinstance(each, UUID) for each in ids)
    assert ids[0] != ids[1]


@rules.case(
    topic(),
    documented="Overview of Service Bus dead-letter queues",
)
async def a_message_whose_filter_fails_is_dead_lettered_if_the_subscription_says_so(bus: Bus, news: str) -> None:
    await bus.admin.create_subscription(news, "some", dead_lettering_on_filter_evaluation_exceptions=True)
    await bus.admin.delete_rule(news, "some", "$Default")
    await bus.admin.create_rule(news, "some", "bad", filter=SqlRuleFilter("1 / a = 1"))

    await bus.send(news, _message("one", a=0))
    await asyncio.sleep(bus.briefly)

    assert bodies(await bus.peek(f"{news}/some", sub_queue=ServiceBusSubQueue.DEAD_LETTER)) == ["one"]


@rules.case(topic("plain", changed=subscription("1=1", action="SET a = 2")))
async def an_action_changes_the_copy_of_its_subscription_alone(bus: Bus, news: str) -> None:
    await bus.send(news, _message("one", a=1))

    message = await bus.receive_one(f"{news}/plain")

    assert message.application_properties == {b"a": 1}


@rules.case(topic(changed=subscription("1=1", action="SET a = 2")))
async def a_copy_that_an_action_changed_names_the_rule(bus: Bus, news: str) -> None:
    """A copy that an action changed tells the name of the rule in its property `RuleName`."""
    await bus.send(news, "one")

    message = await bus.receive_one(f"{news}/changed")

    assert message.application_properties == {b"RuleName": b"rule-0", b"a": 2}


@rules.case(topic(twice=subscription("a = 1", "b = 1", action="SET done = TRUE")))
async def each_rule_with_an_action_gives_a_copy_of_its_own(bus: Bus, news: str) -> None:
    await bus.send(news, _message("both", a=1, b=1), _message("one", a=1))

    assert bodies(await bus.peek(f"{news}/twice")) == ["both", "both", "one"]


@rules.case(topic(changed=subscription("1=1", action="SET a = 2")))
async def an_action_leaves_the_body_alone(bus: Bus, news: str) -> None:
    await bus.send(news, ServiceBusMessage(b"\x00body"))

    message = await bus.receive_one(f"{news}/changed")

    assert b"".join(message.body) == b"\x00body"
