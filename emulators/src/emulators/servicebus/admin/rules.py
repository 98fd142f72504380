"""Rules of a subscription: get, list, create, replace, delete."""

from emulators.servicebus.admin.atom import Entry
from emulators.servicebus.admin.calls import Answer, Call, entry_answer, page_answer
from emulators.servicebus.admin.checks import RULES_MAX, check_count, check_part_name
from emulators.servicebus.admin.complaints import existing_part, missing_part
from emulators.servicebus.admin.rule_descriptions import rule_in, rule_markup
from emulators.servicebus.admin.subscriptions import own_name, subscription_named
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.rules.rule import Rule
from emulators.servicebus.broker.rules.ruleset import RuleSet

_TAG = "RuleDescription"


def get_rule(call: Call) -> Answer:
    """A rule."""
    queue = subscription_named(call)
    return entry_answer(call, _entry(call, queue, _found(call, queue)))


def put_rule(call: Call) -> Answer:
    """Create a rule or, with `If-Match`, replace it."""
    queue, name = subscription_named(call), call.names[2]
    rules = _rules(queue)
    known = rules.get(name)
    if call.replaces:
        known = _found(call, queue)
        call.check_unchanged(known.created_at or queue.dates.created_at)
    elif known is not None:
        raise existing_part(_full_name(call))
    check_part_name(name, call.place.url(_path(call, queue, name)))
    _, node = call.description(_TAG)
    rule = rule_in(node, known.name if known is not None else name, call.now)
    if known is not None:
        rules.replace(rule)
    else:
        check_count(len(rules.listing()), RULES_MAX, "rules of a subscription")
        rules.add(rule)
    _note(call, queue)
    return entry_answer(call, _entry(call, queue, rule), 200 if call.replaces else 201)


def delete_rule(call: Call) -> Answer:
    """Delete a rule."""
    queue = subscription_named(call)
    _rules(queue).remove(_found(call, queue).name)
    _note(call, queue)
    return Answer(200)


def list_rules(call: Call) -> Answer:
    """A page of the rules of a subscription, in the order in which they came."""
    queue = subscription_named(call)
    path = f"{call.names[0]}/Subscriptions/{own_name(queue)}/Rules"
    return page_answer(call, "Rules", path, _rules(queue).listing(), lambda rule: _entry(call, queue, rule))


def _rules(queue: Queue) -> RuleSet:
    assert queue.rules is not None, "Every subscription has rules."
    return queue.rules


def _found(call: Call, queue: Queue) -> Rule:
    rule = _rules(queue).get(call.names[2])
    if rule is None:
        raise missing_part(_full_name(call))
    return rule


def _note(call: Call, queue: Queue) -> None:
    queue.note_rules()
    queue.dates.used_at = call.now


def _full_name(call: Call) -> str:
    return f"{call.place.host}:Topic:{call.names[0]}|{call.names[1]}|{call.names[2]}"


def _path(call: Call, queue: Queue, name: str) -> str:
    return f"{call.names[0]}/Subscriptions/{own_name(queue)}/Rules/{name}"


def _entry(call: Call, queue: Queue, rule: Rule) -> Entry:
    at = rule.created_at or queue.dates.created_at
    return Entry(rule.name, _path(call, queue, rule.name), at, at, rule_markup(rule, at))
