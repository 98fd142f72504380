"""Rules with the real SDK. It has no public call for them: requests go over the management link of a receiver."""

import functools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus._common.mgmt_handlers import default
from azure.servicebus.exceptions import ServiceBusError

from emulators.servicebus.topology import plan_of
from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import BRIEFLY, Bus, bodies, complete

pytestmark = pytest.mark.asyncio(loop_scope="module")


def sql(name: str, expression: str, action: str | None = None) -> dict[str, object]:
    properties: dict[str, object] = {"FilterType": "Sql", "SqlFilter": {"SqlExpression": expression}}
    if action is not None:
        properties["Action"] = {"SqlExpression": action}
    return {"Name": name, "Properties": properties}


CORRELATION = {"Label": "news", "CorrelationId": "c-1", "Properties": {"region": "north"}}
SUBSCRIPTIONS = {
    "all": [],
    "red": [sql("red", "color = 'red' AND size > 2")],
    "news": [{"Name": "news", "Properties": {"FilterType": "Correlation", "CorrelationFilter": CORRELATION}}],
    "marked": [sql("marked", "sys.Label LIKE 'n%'", "SET sys.To = 'you'; SET seen = 1; REMOVE color")],
    "managed": [],
    "divided": [sql("divided", "100 / size = 100"), sql("red", "color = 'red'")],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    subscriptions = [{"Name": name, "Rules": rules} for name, rules in SUBSCRIPTIONS.items()]
    namespace = {"Name": "tests", "Topics": [{"Name": "topic", "Subscriptions": subscriptions}]}
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(plan_of({"UserConfig": {"Namespaces": [namespace]}})) as bus:
            yield bus


async def taken(bus: Bus, subscription: str) -> list[Any]:
    receiver = await bus.receiver(f"topic/{subscription}")
    messages = await receiver.receive_messages(20, max_wait_time=BRIEFLY)
    await complete(receiver, messages)
    return messages


async def manage(bus: Bus, operation: str, body: dict[str, object]) -> Any:
    receiver: Any = await bus.receiver("topic/managed")
    callback = functools.partial(default, amqp_transport=receiver._amqp_transport)
    return await receiver._mgmt_request_response_with_retry(f"com.microsoft:{operation}".encode(), body, callback)


async def add(bus: Bus, name: str, expression: str) -> None:
    await manage(bus, "add-rule", {"rule-name": name, "rule-description": {"sql-filter": {"expression": expression}}})


async def test_each_subscription_gets_what_its_rules_let_pass(bus: Bus) -> None:
    big = ServiceBusMessage("big", application_properties={"color": "red", "size": 3})
    small = ServiceBusMessage("small", application_properties={"color": "red", "size": 1})
    news = ServiceBusMessage(
        "news", subject="news", correlation_id="c-1", application_properties={"region": "north", "color": "blue"}
    )

    await bus.send("topic", big, small, news)
    got = {name: await taken(bus, name) for name in ("all", "red", "news", "marked")}

    assert {name: bodies(messages) for name, messages in got.items()} == {
        "all": ["big", "small", "news"],
        "red": ["big"],
        "news": ["news"],
        "marked": ["news"],
    }
    (marked,) = got["marked"]
    assert (marked.to, marked.application_properties) == (
        "you",
        {b"region": b"north", b"RuleName": b"marked", b"seen": 1},
    )


async def test_what_a_rule_can_not_be_evaluated_for_is_a_dead_letter(bus: Bus) -> None:
    sizes = {"one": 1, "zero": 0, "zero and red": 0}
    await bus.send(
        "topic",
        *(
            ServiceBusMessage(text, application_properties={"size": size, "color": text[-3:]})
            for text, size in sizes.items()
        ),
    )

    dead = await bus.receive("topic/divided", 2, sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert [text for text in bodies(await taken(bus, "divided")) if text in sizes] == ["one", "zero and red"]
    assert bodies(dead) == ["zero", "zero and red"]
    assert {message.dead_letter_reason for message in dead} == {"FilterException"}
    assert dead[0].dead_letter_error_description == "Rule 'divided': Attempted to divide by zero."


async def test_rules_are_added_listed_and_removed(bus: Bus) -> None:
    await manage(bus, "remove-rule", {"rule-name": "$Default"})
    await add(bus, "even", "n % 2 = 0")
    listed = await manage(bus, "enumerate-rules", {"skip": 0, "top": 10})
    await taken(bus, "managed")
    await bus.send("topic", *(ServiceBusMessage(str(n), application_properties={"n": n}) for n in range(4)))

    ((_, described),) = [next(iter(entry.items())) for entry in listed[b"rules"]]
    assert (described[0], described[2]) == ([b"n % 2 = 0"], b"even")
    assert bodies(await taken(bus, "managed")) == ["0", "2"]


async def test_a_bad_expression_is_refused_with_the_position(bus: Bus) -> None:
    with pytest.raises(ServiceBusError, match="found the end at position 5"):
        await add(bus, "bad", "n = ")


async def test_a_second_rule_of_one_name_is_refused(bus: Bus) -> None:
    await add(bus, "twice", "n = 1")

    with pytest.raises(ServiceBusError, match="'twice' already"):
        await add(bus, "twice", "n = 2")


async def test_a_rule_that_is_not_there_can_not_be_removed(bus: Bus) -> None:
    with pytest.raises(ServiceBusError, match="no rule 'absent'"):
        await manage(bus, "remove-rule", {"rule-name": "absent"})
