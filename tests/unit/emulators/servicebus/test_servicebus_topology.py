from pathlib import Path

import pytest

from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Action, CorrelationFilter, Rule, SqlFilter
from emulators.servicebus.broker.settings import DAY, MINUTE, Settings
from emulators.servicebus.document import TopologyError
from emulators.servicebus.rule_documents import rules_in, rules_text
from emulators.servicebus.topology import plan_of, read_topology

REPOSITORY = Path(__file__).parents[4]


def document(**namespace: object) -> object:
    return {"UserConfig": {"Namespaces": [{"Name": "n", **namespace}]}}


def queue(**properties: object) -> object:
    return document(Queues=[{"Name": "q", "Properties": properties}])


def rule(**properties: object) -> object:
    subscription = {"Name": "s", "Rules": [{"Name": "r", "Properties": properties}]}
    return document(Topics=[{"Name": "t", "Subscriptions": [subscription]}])


def test_a_subscription_has_the_rules_of_the_file_or_the_default_rule() -> None:
    correlation = {"Subject": "news", "To": "us", "Properties": {"n": 1}, "ApplicationProperties": {"m": "x"}}
    given = [
        {"Name": "a", "Properties": {"FilterType": "Correlation", "CorrelationFilter": correlation}},
        {
            "Name": "b",
            "Properties": {
                "FilterType": "Sql",
                "SqlFilter": {"SqlExpression": "n > 1"},
                "Action": {"SqlExpression": "SET x = 1"},
            },
        },
    ]
    subscriptions = [{"Name": "plain"}, {"Name": "ruled", "Rules": given}]

    plain, ruled = plan_of(document(Topics=[{"Name": "t", "Subscriptions": subscriptions}])).topics[0].subscriptions

    assert plain.rules == (DEFAULT_RULE,)
    assert ruled.rules == (
        Rule("a", CorrelationFilter((("label", "news"), ("to", "us")), (("n", 1), ("m", "x")))),
        Rule("b", SqlFilter("n > 1"), Action("SET x = 1")),
    )
    assert rules_in(rules_text(ruled.rules)) == ruled.rules


def test_omitted_properties_have_the_defaults_of_the_service() -> None:
    plan = plan_of(document(Queues=[{"Name": "q"}]))

    assert plan.queues[0].settings == Settings(
        lock_duration=MINUTE, delivery_count_max=10, requires_session=False, duplicate_window=0, time_to_live=0
    )


def test_properties_are_read() -> None:
    plan = plan_of(
        queue(
            LockDuration="PT15S",
            MaxDeliveryCount=2000,
            RequiresSession=True,
            RequiresDuplicateDetection=True,
            DuplicateDetectionHistoryTimeWindow="PT1H30M",
            DefaultMessageTimeToLive="P1DT0.5S",
            DeadLetteringOnMessageExpiration=True,
        )
    )

    assert plan.queues[0].settings == Settings(
        lock_duration=15_000,
        delivery_count_max=2000,
        requires_session=True,
        duplicate_window=90 * MINUTE,
        time_to_live=DAY + 500,
        dead_letters_expired=True,
    )


def test_a_window_without_duplicate_detection_means_nothing() -> None:
    assert plan_of(queue(DuplicateDetectionHistoryTimeWindow="PT1M")).queues[0].settings.duplicate_window == 0


def test_the_longest_time_to_live_means_for_ever() -> None:
    assert plan_of(queue(DefaultMessageTimeToLive="P10675199DT2H48M5.4775807S")).queues[0].settings.time_to_live == 0


def test_the_topology_of_this_repository_is_understood() -> None:
    plan = read_topology(REPOSITORY / "shared/src/contracts/topology.json")

    assert {"instances", "instances/$DeadLetterQueue", "events"} <= set(plan.names())


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([], "the document: an object was expected"),
        ({}, "UserConfig: an object was expected, found None"),
        (document(Queue=[]), "UserConfig.Namespaces[0].Queue: unknown property"),
        (document(Queues={}), "UserConfig.Namespaces[0].Queues: a list was expected"),
        (document(Queues=[{}]), "UserConfig.Namespaces[0].Queues[0].Name: a name was expected"),
        (document(Queues=[{"Name": "q"}, {"Name": "Q"}]), "the name 'Q' is there twice"),
        (document(Queues=[{"Name": "two words"}]), "Queues[0].Name: 'two words' can't be a name: letters, numbers"),
        (document(Queues=[{"Name": "a" * 261}]), "it has 261 characters, at most 260"),
        (document(Topics=[{"Name": "t", "Subscriptions": [{"Name": "s" * 51}]}]), "it has 51 characters, at most 50"),
        (document(Topics=[{"Name": "t", "Subscriptions": [{"Name": "a/b"}]}]), "Name: 'a/b' can't be a name"),
        (queue(LockDuraton="PT1M"), "UserConfig.Namespaces[0].Queues[0].Properties.LockDuraton: unknown property"),
        (queue(LockDuration="1 minute"), "Properties.LockDuration: a duration such as PT15S or P1D was expected"),
        (queue(LockDuration="P"), "found 'P'"),
        (queue(MaxDeliveryCount=True), "Properties.MaxDeliveryCount: a number from 1 on was expected"),
        (queue(RequiresSession="yes"), "Properties.RequiresSession: true or false was expected"),
        (queue(ForwardTo="other"), "'q' forwards to 'other', which is not another queue or topic"),
        (queue(ForwardDeadLetteredMessagesTo="Q"), "'q' forwards to 'Q', which is not another queue or topic"),
        (queue(ForwardTo="q", RequiresSession=True), "ForwardTo: an entity that requires sessions can't forward"),
        (
            rule(),
            "Subscriptions[0].Rules[0].Properties.FilterType: one of Sql, Correlation was expected, found None",
        ),
        (rule(FilterType="Sql"), "Rules[0].Properties.SqlFilter: an object was expected"),
        (rule(FilterType="Sql", SqlFilter={"SqlExpression": ""}), "SqlFilter.SqlExpression: a text was expected"),
        (
            rule(FilterType="Sql", SqlFilter={"SqlExpression": "a = "}),
            "Properties: The expression can't be understood: a property was expected, found the end at position 5",
        ),
        (rule(FilterType="Correlation", CorrelationFilter={}), "at least one property to compare was expected"),
        (rule(FilterType="Correlation", CorrelationFilter={"Lable": "x"}), "CorrelationFilter.Lable: unknown property"),
        (document(Queues=[{"Name": "q", "Rules": []}]), "Queues[0].Rules: unknown property"),
    ],
)
def test_what_is_not_understood_is_named_with_its_place(given: object, complaint: str) -> None:
    with pytest.raises(TopologyError) as refused:
        plan_of(given)

    assert complaint in str(refused.value)
