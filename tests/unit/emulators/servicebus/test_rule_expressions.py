from uuid import UUID

import pytest

from emulators.servicebus.amqp.decode import decode
from emulators.servicebus.amqp.sections import (
    APPLICATION_PROPERTIES,
    DATA,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    section,
    spans,
)
from emulators.servicebus.amqp.values import Symbol, Ulong, Uuid
from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.broker.rules.operators import EvaluationFault
from emulators.servicebus.broker.rules.properties import Properties
from emulators.servicebus.broker.rules.rule import Action, CorrelationFilter, SqlFilter
from emulators.servicebus.wire.messages import content_of

USER: dict[object, object] = {
    "n": 7, "price": 2.5, "name": "red_car", "flag": True, "empty": None, "odd name": 1, "text": "it's",
}  # fmt: skip
FIELDS = ["id-1", None, "us", "news", "back", "corr", Symbol("text/plain"), None, None, None, "session", None, "inbox"]
BODY = section(DATA, b"body")


def message(user: dict[object, object] | None = None, fields: list[object] | None = None) -> Properties:
    head = section(PROPERTIES, FIELDS if fields is None else fields)
    return Properties(content_of(head + section(APPLICATION_PROPERTIES, USER if user is None else user) + BODY))


@pytest.mark.parametrize(
    "expression",
    [
        "1=1",
        "TRUE",
        "flag",
        "n = 7 and n <> 8 AND n != 8 AND n >= 7 AND n <= 7 AND n > 6 AND n < 8",
        "n = 7.0 AND price = 2.5E0 AND n = 0x7",
        "n + 1 * 2 = 9 AND (n + 1) * 2 = 16 AND n - 1 - 1 = 5 AND -n = -7",
        "n / 2 = 3 AND -n / 2 = -3 AND n % 4 = 3 AND -n % 4 = -3 AND n / 2.0 = 3.5",
        "name + '!' = 'red_car!'",
        "name LIKE 'red%' AND name LIKE '%car' AND name LIKE 'red_car' AND name LIKE 'red._car' ESCAPE '.'",
        "name NOT LIKE 'blue%' AND NOT name LIKE 'red.%' ESCAPE '.'",
        "n IN (1, 7) AND n NOT IN (1, 2) AND name IN ('red_car')",
        "missing IS NULL AND empty IS NULL AND n IS NOT NULL",
        "EXISTS(n) AND EXISTS(user.empty) AND NOT EXISTS(missing) AND EXISTS(sys.To)",
        "[odd name] = 1 AND \"odd name\" = 1 AND user.[odd name] = 1",
        "property('odd name') = 1 AND p('n') = 7 AND property('odd' + ' ' + name) IS NULL AND p(n) IS NULL",
        "property('sys.Label') = 'news' AND p('USER.N') = 7",
        "newid() <> newid() AND newid() IS NOT NULL",
        "n / 0.0 > 1000000 AND -n / 0.0 < 0 AND n % 0.0 <> 7",
        "n = 7 OR n / 0 = 1",
        "NOT (n = 8 AND n / 0 = 1)",
        "sys.DeliveryCount = 0 AND sys.PartitionKey IS NULL AND NOT EXISTS(sys.DeadLetterSource)",
        "text = 'it''s'",
        "N = 7 AND USER.Name = 'red_car'",
        "sys.MessageId = 'id-1' AND sys.To = 'us' AND sys.Label = 'news' AND sys.Subject = 'news'",
        "sys.ReplyTo = 'back' AND sys.CorrelationId = 'corr' AND sys.ContentType = 'text/plain'",
        "sys.SessionId = 'session' AND sys.ReplyToSessionId = 'inbox'",
        "n = 1 OR n = 2 AND n = 3 OR NOT n = 4",
        "missing = 1 OR n = 7",
    ],
)  # fmt: skip
def test_a_true_condition_lets_the_message_pass(expression: str) -> None:
    assert SqlFilter(expression).passes(message())


@pytest.mark.parametrize(
    "expression",
    [
        "1=0",
        "name",
        "missing = 1",
        "NOT missing = 1",
        "missing <> 1",
        "missing = missing",
        "missing LIKE '%'",
        "missing NOT LIKE 'a'",
        "missing NOT IN (1)",
        "n NOT IN (1, missing)",
        "missing = 1 AND n = 7",
        "n = '7'",
        "flag = 1",
        "name = 'RED_CAR'",
        "n / 0.0 = n",
        "n + missing > 0",
        "n * 100000000000000000 * 1000 > 0",
        "name LIKE 'redXcar' OR name LIKE 'red'",
    ],
)
def test_a_false_or_unknown_condition_does_not(expression: str) -> None:
    assert not SqlFilter(expression).passes(message())


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "a property was expected, found the end at position 1 of ''"),
        ("n = ", "a property was expected, found the end at position 5"),
        ("n = 7 n", "the end was expected, found 'n' at position 7"),
        ("(n = 7", "')' was expected, found the end at position 7"),
        ("n = 'open", 'unexpected character "\'" at position 5'),
        ("n # 7", "unexpected character '#' at position 3"),
        ("sys.Nothing = 1", "there is no system property 'Nothing' at position 5"),
        ("n NOT 7", "IN or LIKE was expected, found '7' at position 7"),
        ("n IS 7", "'NULL' was expected, found '7' at position 6"),
        ("p() = 1", "a property was expected, found ')' at position 3"),
        ("newid(1) = 1", "')' was expected, found '1' at position 7"),
        ("n = 9223372036854775808", "an integer beyond 9223372036854775807 at position 5"),
        ("(" * 60, "at most 50 levels deep"),
        ("n = 1 OR " * 200 + "n = 2", "at most 1024 characters, found 1805"),
    ],
)
def test_a_bad_condition_is_refused_with_the_position(expression: str, complaint: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        SqlFilter(expression)

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("text", "number"), [("9223372036854775807", 2**63 - 1), ("3.14159265358979323846", 3.141592653589793)]
)
def test_numbers_may_be_as_long_as_they_need(text: str, number: float) -> None:
    assert SqlFilter(f"n = {text}").passes(message({"n": number}))
    assert not SqlFilter(f"n = {text}").passes(message({"n": 1}))


def changed(expression: str) -> Properties:
    properties = message()
    Action(expression).change(properties)
    return Properties(properties.content())


def test_an_action_sets_and_removes_properties_of_the_sender() -> None:
    after = changed("SET n = n + 1; SET user.[new one] = name + '!' REMOVE flag, SET price = missing;")

    assert (after.user("n"), after.user("new one"), after.user("price")) == (8, "red_car!", None)
    assert not after.has_user("flag")
    assert (after.user("text"), after.system("to")) == ("it's", "us")


def test_an_action_sets_and_removes_properties_of_the_system() -> None:
    after = changed("SET sys.To = 'them'; SET sys.ContentType = 'a/b'; REMOVE sys.Label; SET sys.SessionId = n")
    content = after.original

    assert (after.system("to"), after.system("contenttype"), after.system("label")) == ("them", "a/b", None)
    assert (content.session_id, content.message_id) == ("7", b"\xa1\x04id-1")
    assert [decode(content.bare, span.value)[0] for span in spans(content.bare)][2] == b"body"


@pytest.mark.parametrize("expression", ["n / 0 = 1", "n % 0 = 1", "n = 1 OR n / (n - 7) = 1", "p('sys.Nothing') = 1"])
def test_a_condition_may_make_no_sense_for_a_message(expression: str) -> None:
    with pytest.raises(EvaluationFault):
        SqlFilter(expression).passes(message())


def test_a_condition_may_ask_for_the_keys_of_partitions() -> None:
    keys = {Symbol("x-opt-partition-key"): "p", Symbol("other"): 1, Symbol("x-opt-via-partition-key"): "v"}
    properties = Properties(content_of(section(MESSAGE_ANNOTATIONS, keys) + BODY))

    assert SqlFilter("sys.PartitionKey = 'p' AND sys.ViaPartitionKey = 'v'").passes(properties)


def test_an_action_gives_new_ids() -> None:
    after = changed("SET sys.CorrelationId = newid(); SET id = newid()")

    assert isinstance(after.user("id"), Uuid)
    assert str(UUID(str(after.system("correlationid")))) == after.system("correlationid")


def test_an_action_can_not_change_what_the_broker_says() -> None:
    with pytest.raises(InvalidArgument, match="system property 'partitionkey' can't be changed at position 5"):
        Action("SET sys.PartitionKey = 'p'")


def test_an_action_can_take_the_ids_away() -> None:
    content = changed("REMOVE sys.MessageId; REMOVE sys.SessionId").original

    assert (content.message_id, content.session_id) == (b"", None)


def test_a_message_that_no_action_changes_stays_as_it_was_encoded() -> None:
    properties = message()
    Action("REMOVE missing").change(properties)

    assert properties.content() is properties.original


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("n = 1", "SET or REMOVE was expected, found 'n' at position 1"),
        ("SET n", "'=' was expected, found the end at position 6"),
        ("SET sys.Size = 1", "there is no system property 'Size' at position 9"),
    ],
)
def test_a_bad_action_is_refused_with_the_position(expression: str, complaint: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        Action(expression)

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        (CorrelationFilter((("label", "news"), ("sessionid", "session")), (("n", 7), ("flag", True))), True),
        (CorrelationFilter((("label", "News"),)), False),
        (CorrelationFilter((), (("n", "7"),)), False),
        (CorrelationFilter((), (("missing", "x"),)), False),
    ],
)
def test_a_correlation_filter_compares_all_that_it_names(given: CorrelationFilter, passes: bool) -> None:  # noqa: FBT001
    assert given.passes(message()) is passes


def test_ids_of_other_types_are_compared_as_text() -> None:
    uuid = message(fields=[Uuid(bytes(16))])
    number = message(fields=[Ulong(12)])

    assert CorrelationFilter((("messageid", "00000000-0000-0000-0000-000000000000"),)).passes(uuid)
    assert CorrelationFilter((("messageid", "12"),)).passes(number)


def test_a_message_that_can_not_be_decoded_has_no_properties() -> None:
    properties = Properties(Content(b"nonsense"))

    assert properties.system("to") is None
    assert not properties.has_user("n")


@pytest.mark.parametrize("name", ["@most", "most", "@MOST"])
def test_a_parameter_stands_for_its_value(name: str) -> None:
    expression = "n <= @most AND n + @Most > @most"

    assert SqlFilter(expression, ((name, 7),)).passes(message())
    assert not SqlFilter(expression, ((name, 6),)).passes(message())


def test_a_parameter_that_is_not_given_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"a parameter that is given \(@most\) was expected, found '@least'"):
        SqlFilter("n = @least", (("@most", 7),))


def test_an_action_takes_parameters_too() -> None:
    properties = message()
    Action("SET n = @new; SET sys.To = @to", (("@new", 1.5), ("to", "you"))).change(properties)

    assert (properties.user("n"), properties.system("to")) == (1.5, "you")


@pytest.mark.parametrize("expression", ["@text", "n @a"])
def test_a_parameter_is_no_name_of_a_property(expression: str) -> None:
    with pytest.raises(InvalidArgument):
        SqlFilter(expression)
