import sqlite3
from pathlib import Path

from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Action, CorrelationFilter, Rule, SqlFilter
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.journal import Journal

PLAN = Plan((), (TopicPlan("t", subscriptions=(QueuePlan("s"),)),))
ADDED = (
    Rule("by-text", CorrelationFilter((("label", "x"),), (("n", 1), ("flag", True)))),
    Rule("by-sum", SqlFilter("n + 1 = 2"), Action("SET n = 3")),
)


def rules_of(queue: Queue) -> RuleSet:
    assert queue.rules is not None
    return queue.rules


def subscription(journal: Journal) -> tuple[Broker, Queue]:
    broker = Broker(PLAN, journal.load(PLAN))
    queue = broker.find("t/Subscriptions/s")
    assert isinstance(queue, Queue)
    return broker, queue


def test_changed_rules_come_back_and_count_instead_of_those_of_the_plan(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    broker, queue = subscription(first)
    for rule in ADDED:
        rules_of(queue).add(rule)
    rules_of(queue).remove("$Default")
    queue.note_rules()
    first.commit(broker.changes)
    first.close()

    second = Journal(tmp_path)
    _, queue = subscription(second)
    second.close()

    assert rules_of(queue).listing() == ADDED


def test_a_subscription_whose_last_rule_was_removed_stays_without_any(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    broker, queue = subscription(first)
    rules_of(queue).remove("$Default")
    queue.note_rules()
    first.commit(broker.changes)
    first.close()

    second = Journal(tmp_path)
    _, queue = subscription(second)
    second.close()

    assert rules_of(queue).listing() == ()


def test_a_file_of_the_version_without_rules_is_brought_up_to_date(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with sqlite3.connect(tmp_path / "servicebus.sqlite") as database:
        database.executescript(
            "drop table rules; drop table redo;"
            "alter table message drop column hops; alter table session drop column set_at;"
            "pragma user_version = 1;"
        )
    database.close()

    journal = Journal(tmp_path)
    _, queue = subscription(journal)
    journal.close()

    assert rules_of(queue).listing() == (DEFAULT_RULE,)
