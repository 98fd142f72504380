import pytest

from emulators.servicebus.amqp.sections import APPLICATION_PROPERTIES, DATA, section
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan, stored_nothing
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import AlreadyExists, EntityNotFound
from emulators.servicebus.broker.rules.properties import Properties
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Action, Rule, SqlFilter
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.wire.messages import content_of
from tests.support.broker_core import NOW


def rule(name: str, expression: str, action: str | None = None) -> Rule:
    return Rule(name, SqlFilter(expression), None if action is None else Action(action))


def sent(*rules: Rule, **properties: object) -> list[object]:
    """What `mark` is in each copy that a subscription with these rules gets of one message."""
    plan = Plan((), (TopicPlan("t", subscriptions=(QueuePlan("s", rules=rules), QueuePlan("other"))),))
    broker = Broker(plan, stored_nothing(plan))
    entries: dict[object, object] = dict(properties.items())
    content = content_of(section(APPLICATION_PROPERTIES, entries) + section(DATA, b"body"))
    broker.find("t").intake.send(content, NOW)
    ruled, plain = broker.find("t/Subscriptions/s"), broker.find("t/Subscriptions/other")
    assert isinstance(ruled, Queue)
    assert plain.counts().active == 1
    return [Properties(message.content).user("mark") for message in ruled.messages.values()]


def test_a_message_goes_where_a_rule_lets_it_pass() -> None:
    assert sent(rule("r", "n = 1"), n=1) == [None]
    assert sent(rule("r", "n = 1"), n=2) == []


def test_several_rules_without_an_action_give_one_copy() -> None:
    assert sent(rule("a", "n = 1"), rule("b", "n > 0"), n=1) == [None]


def test_each_rule_with_an_action_gives_a_copy_of_its_own() -> None:
    rules = (rule("a", "n = 1", "SET mark = 'a'"), rule("b", "n = 1"), rule("c", "1=1", "SET mark = 'c'"), DEFAULT_RULE)

    assert sent(*rules, n=1) == [None, "a", "c"]


def test_an_action_alone_replaces_the_message() -> None:
    assert sent(rule("a", "1=1", "SET mark = 1"), n=1) == [1]


@pytest.mark.parametrize(("told", "dead"), [(True, 1), (False, 0)])
def test_a_fault_of_a_rule_makes_a_dead_letter_if_the_subscription_wants_it(*, told: bool, dead: int) -> None:
    settings = Settings(dead_letters_filter_errors=told)
    rules = (rule("filter", "n / 0 = 1"), rule("action", "1=1", "SET mark = n % 0"), rule("sound", "n = 1"))
    plan = Plan((), (TopicPlan("t", subscriptions=(QueuePlan("s", settings, rules),)),))
    broker = Broker(plan, stored_nothing(plan))
    properties: dict[object, object] = {"n": 1}

    broker.find("t").intake.send(content_of(section(APPLICATION_PROPERTIES, properties)), NOW)

    queue = broker.find("t/Subscriptions/s")
    assert (queue.counts().active, queue.counts().dead_lettered) == (1, dead)


def test_rules_come_and_go_by_name_in_any_case() -> None:
    rules = RuleSet([DEFAULT_RULE])

    rules.add(rule("Second", "n = 1"))
    with pytest.raises(AlreadyExists, match="second"):
        rules.add(rule("second", "n = 2"))
    rules.remove("$default")
    with pytest.raises(EntityNotFound, match="nothing"):
        rules.remove("nothing")

    assert [each.name for each in rules.listing()] == ["Second"]


def test_the_default_rule_lets_everything_pass_until_a_rule_has_an_action() -> None:
    rules = RuleSet([DEFAULT_RULE, rule("a", "n = 1")])
    assert rules.everything

    rules.add(rule("b", "1 = 1", "SET mark = 1"))
    assert not rules.everything

    rules.remove("b")
    rules.remove("$Default")
    assert not rules.everything
