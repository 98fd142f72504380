"""Subscriptions: get, list, create, update, delete."""

from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup
from emulators.servicebus.admin.atom import Entry
from emulators.servicebus.admin.calls import Answer, Call, entry_answer, page_answer
from emulators.servicebus.admin.checks import (
    SUBSCRIPTIONS_MAX,
    check_change,
    check_count,
    check_part_name,
    check_settings,
)
from emulators.servicebus.admin.complaints import existing_part, missing_part
from emulators.servicebus.admin.descriptions import description_markup, settings_in
from emulators.servicebus.admin.detaching import detach_from_changed, detach_from_gone
from emulators.servicebus.admin.properties import SUBSCRIPTION
from emulators.servicebus.admin.rule_descriptions import rule_in
from emulators.servicebus.broker.plan import QueuePlan
from emulators.servicebus.broker.queue import SUBSCRIPTIONS_INFIX, Queue
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE
from emulators.servicebus.broker.topic import Topic

_TAG = "SubscriptionDescription"
_DEFAULT_RULE_TAG = "DefaultRuleDescription"


def topic_named(call: Call) -> Topic:
    """The topic on the way; raises `Complaint`."""
    topic = call.broker.entities.get(call.names[0])
    if not isinstance(topic, Topic):
        raise missing_part(f"{call.place.host}:Topic:{call.names[0]}")
    return topic


def subscription_named(call: Call) -> Queue:
    """The subscription on the way; raises `Complaint`."""
    topic = topic_named(call)
    queue = call.broker.entities.get(f"{topic.name}{SUBSCRIPTIONS_INFIX}{call.names[1]}")
    if not isinstance(queue, Queue):
        raise missing_part(_full_name(call))
    return queue


def own_name(subscription: Queue) -> str:
    """The name of a subscription without its topic."""
    return subscription.name.partition(SUBSCRIPTIONS_INFIX)[2]


def get_subscription(call: Call) -> Answer:
    """A subscription."""
    return entry_answer(call, _entry(call, subscription_named(call)))


def put_subscription(call: Call) -> Answer:
    """Create a subscription or, with `If-Match`, change it."""
    return _update(call) if call.replaces else _create(call)


def delete_subscription(call: Call) -> Answer:
    """Delete a subscription with everything in it."""
    queue = subscription_named(call)
    detach_from_gone(call.hub, queue.name, call.broker.entities.remove(queue))
    return Answer(200)


def list_subscriptions(call: Call) -> Answer:
    """A page of the subscriptions of a topic by name."""
    topic = topic_named(call)
    ordered = sorted(topic.subscriptions, key=lambda each: each.name.lower())
    return page_answer(call, "Subscriptions", f"{topic.name}/Subscriptions", ordered, lambda each: _entry(call, each))


def _full_name(call: Call) -> str:
    return f"{call.place.host}:Topic:{call.names[0]}|{call.names[1]}"


def _create(call: Call) -> Answer:
    topic, name = topic_named(call), call.names[1]
    check_part_name(name, call.place.url("/".join((topic.name, "subscriptions", name))))
    full_name = f"{topic.name}{SUBSCRIPTIONS_INFIX}{name}"
    if call.broker.entities.get(full_name) is not None:
        raise existing_part(_full_name(call))
    _, node = call.description(_TAG)
    settings = settings_in(node, SUBSCRIPTION, None, call.now, call.scope)
    check_settings(full_name, settings, call.broker.entities)
    call.check_destinations(settings)
    check_count(len(topic.subscriptions), SUBSCRIPTIONS_MAX, "subscriptions of a topic")
    default = markup.child(node, _DEFAULT_RULE_TAG)
    rule = DEFAULT_RULE if default is None else rule_in(default, _rule_name(default), call.now)
    queue = call.broker.entities.create_subscription(topic, QueuePlan(name, settings, (rule,)), call.now)
    return entry_answer(call, _entry(call, queue), 201)


def _rule_name(node: Element) -> str:
    named = markup.child(node, "Name")
    return named.text if named is not None and named.text else DEFAULT_RULE.name


def _update(call: Call) -> Answer:
    queue = subscription_named(call)
    call.check_unchanged(queue.dates.updated_at)
    _, node = call.description(_TAG)
    before = queue.settings
    settings = settings_in(node, SUBSCRIPTION, before, call.now, call.scope)
    check_change("Subscription", before, settings)
    check_settings(queue.name, settings, call.broker.entities)
    call.check_destinations(settings)
    call.broker.entities.change(queue, settings, call.now)
    detach_from_changed(call.hub, queue, before)
    return entry_answer(call, _entry(call, queue))


def _entry(call: Call, queue: Queue) -> Entry:
    topic, _, name = queue.name.partition(SUBSCRIPTIONS_INFIX)
    content = description_markup(_TAG, SUBSCRIPTION, queue, call.scope)
    dates = queue.dates
    return Entry(name, f"{topic}/Subscriptions/{name}", dates.created_at, dates.updated_at, content)
