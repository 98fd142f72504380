"""SQL filters of subscriptions: which messages pass."""

from typing import Any
from uuid import UUID

from azure.servicebus import ServiceBusMessage

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import subscription, topic

sql_filters = Area("SQL filters", "Subscription rule SQL filter syntax", "aio")

Properties = dict[str | bytes, Any]


def _passes(sentence: str, expression: str, *, yes: list[Properties], no: list[Properties]) -> None:
    """A case: of messages with these properties those pass that are in `yes`, in one batch with those that do not."""

    async def act(bus: Bus, news: str) -> None:
        sent = [*(("yes", each) for each in yes), *(("no", each) for each in no)]
        await bus.send(news, *(ServiceBusMessage(text, application_properties=each) for text, each in sent))
        await bus.send(news, ServiceBusMessage("end", application_properties=yes[0]))

        assert bodies(await bus.receive(f"{news}/some", len(yes) + 1)) == ["yes"] * len(yes) + ["end"]

    act.__name__ = "_".join("".join(sign if sign.isalnum() else " " for sign in sentence).lower().split())
    act.__doc__ = f"{sentence} (`{expression}`)."
    sql_filters.case(topic(some=subscription(expression)))(act)


def _system(sentence: str, expression: str, *, yes: Properties, no: Properties) -> None:
    """A case: the filter looks at the properties of the broker."""

    async def act(bus: Bus, news: str) -> None:
        await bus.send(news, ServiceBusMessage("no", **no), ServiceBusMessage("yes", **yes))  # type: ignore[arg-type]

        assert bodies(await bus.receive(f"{news}/some")) == ["yes"]

    act.__name__ = "_".join("".join(sign if sign.isalnum() else " " for sign in sentence).lower().split())
    act.__doc__ = f"{sentence} (`{expression}`)."
    sql_filters.case(topic(some=subscription(expression)))(act)


_passes("Texts are equal with regard to case", "color = 'red'", yes=[{"color": "red"}], no=[{"color": "Red"}, {}])
_passes("Names of properties are compared without regard to case", "COLOR = 'red'", yes=[{"Color": "red"}], no=[{}])
_passes("Numbers are equal whatever their kind", "size = 2", yes=[{"size": 2}, {"size": 2.0}], no=[{"size": 3}])
_passes("Unequal is written <> as in SQL", "size <> 2", yes=[{"size": 3}], no=[{"size": 2}, {}])
_passes("Unequal is written != as well", "size != 2", yes=[{"size": 3}], no=[{"size": 2}, {}])
_passes("Greater is written >", "size > 2", yes=[{"size": 3}], no=[{"size": 2}, {"size": 1}, {}])
_passes("Greater or equal is written >=", "size >= 2", yes=[{"size": 2}, {"size": 2.5}], no=[{"size": 1}])
_passes("Less is written <", "size < 2", yes=[{"size": 1}], no=[{"size": 2}])
_passes("Less or equal is written <=", "size <= 2", yes=[{"size": 2}], no=[{"size": 2.5}])
_passes("A fraction is written with a point", "size > 1.5", yes=[{"size": 2}, {"size": 1.6}], no=[{"size": 1.5}])
_passes("A number may have an exponent", "size > 1.5E1", yes=[{"size": 16}], no=[{"size": 15}])
_passes("A negative number has a sign", "size = -2", yes=[{"size": -2}], no=[{"size": 2}])
_passes("Truth values are constants", "urgent = TRUE", yes=[{"urgent": True}], no=[{"urgent": False}, {}])
_passes(
    "AND needs both sides",
    "a = 1 AND b = 2",
    yes=[{"a": 1, "b": 2}],
    no=[{"a": 1}, {"b": 2}, {"a": 1, "b": 3}],
)
_passes("OR needs one side", "a = 1 OR b = 2", yes=[{"a": 1}, {"b": 2}, {"a": 1, "b": 2}], no=[{"a": 2}, {}])
_passes("NOT turns around", "NOT a = 1", yes=[{"a": 2}], no=[{"a": 1}])
_passes(
    "AND binds before OR",
    "a = 1 OR b = 1 AND c = 1",
    yes=[{"a": 1}, {"b": 1, "c": 1}],
    no=[{"b": 1}, {"c": 1}],
)
_passes(
    "Parentheses bind first",
    "(a = 1 OR b = 1) AND c = 1",
    yes=[{"a": 1, "c": 1}, {"b": 1, "c": 1}],
    no=[{"a": 1}, {"c": 1}],
)
_passes("A property that is missing is unknown, and NOT leaves it so", "NOT a = 1", yes=[{"a": 2}], no=[{}])
_passes("Unknown OR true is true", "a = 1 OR b = 1", yes=[{"b": 1}], no=[{"b": 2}])
_passes("IS NULL is true of what is missing or null", "a IS NULL", yes=[{}, {"a": None}], no=[{"a": 1}])
_passes("IS NOT NULL is true of what is there", "a IS NOT NULL", yes=[{"a": 1}], no=[{}, {"a": None}])
_passes("EXISTS is true of a property that was given", "EXISTS(a)", yes=[{"a": 1}], no=[{"b": 1}])
_passes("NOT EXISTS is true of a property that was not given", "NOT EXISTS(a)", yes=[{"b": 1}], no=[{"a": 1}])
_passes("IN compares with each of a list", "a IN (1, 2)", yes=[{"a": 1}, {"a": 2}], no=[{"a": 3}, {}])
_passes("NOT IN needs a value that is none of a list", "a NOT IN ('x', 'y')", yes=[{"a": "z"}], no=[{"a": "x"}, {}])
_passes("LIKE knows % for any characters", "a LIKE 'ab%'", yes=[{"a": "ab"}, {"a": "abc"}], no=[{"a": "aab"}, {}])
_passes("LIKE knows _ for one character", "a LIKE 'a_c'", yes=[{"a": "abc"}], no=[{"a": "ac"}, {"a": "abbc"}])
_passes("LIKE needs the whole text", "a LIKE 'b'", yes=[{"a": "b"}], no=[{"a": "abc"}])
_passes("NOT LIKE turns LIKE around", "a NOT LIKE '%b%'", yes=[{"a": "ac"}], no=[{"a": "abc"}, {}])
_passes(
    "LIKE takes a wildcard as it is after the character of ESCAPE",
    r"a LIKE 'ABC\%' ESCAPE '\'",
    yes=[{"a": "ABC%"}],
    no=[{"a": "ABCD"}, {"a": "ABC"}],
)
_passes("LIKE takes an escaped _ as it is", "a LIKE 'a!_c' ESCAPE '!'", yes=[{"a": "a_c"}], no=[{"a": "abc"}])
_passes("A quote in a text is doubled", "a = 'it''s'", yes=[{"a": "it's"}], no=[{"a": "its"}])
_passes("Numbers are added and multiplied", "a + 2 * b = 7", yes=[{"a": 1, "b": 3}], no=[{"a": 1, "b": 2}, {"a": 7}])
_passes("Numbers are subtracted and divided", "(a - 2) / 2 = 3", yes=[{"a": 8}], no=[{"a": 7.5}, {}])
_passes("A remainder is taken by %", "a % 3 = 1", yes=[{"a": 4}], no=[{"a": 3}])
_passes("Whole numbers divide to whole numbers", "a / 2 = 3", yes=[{"a": 7}, {"a": 6}], no=[{"a": 8}])
_passes("A sum with what is missing is unknown", "a + b > 0", yes=[{"a": 1, "b": 1}], no=[{"a": 1}])
_passes("A name with odd characters stands in brackets", "[my prop] = 1", yes=[{"my prop": 1}], no=[{"my": 1}])
_passes("A name may stand in double quotes", '"my prop" = 1', yes=[{"my prop": 1}], no=[{"my": 1}])
_passes("A name may have the scope user", "user.a = 1", yes=[{"a": 1}], no=[{"a": 2}])
_passes("The function property() names a property by text", "property('a b') = 1", yes=[{"a b": 1}], no=[{"a": 1}])
_passes("It takes any expression that gives a text", "property('a' + 'b') = 1", yes=[{"ab": 1}], no=[{"a": 1}])
_passes("The function p() is short for it", "p('a') = 1", yes=[{"a": 1}], no=[{"a": 2}])
_passes("Two properties are compared with each other", "a = b", yes=[{"a": 1, "b": 1}], no=[{"a": 1, "b": 2}, {"a": 1}])
_passes("Keywords are known in any case", "a like 'x%' and not b is null", yes=[{"a": "xy", "b": 1}], no=[{"a": "xy"}])
_passes("1=1 lets everything pass", "1=1", yes=[{}, {"a": 1}], no=[])

_system("The label is a system property", "sys.Label = 'red'", yes={"subject": "red"}, no={"subject": "blue"})
_system("The message id is a system property", "sys.MessageId = 'm'", yes={"message_id": "m"}, no={"message_id": "n"})
_system("The correlation id is one", "sys.CorrelationId = 'c'", yes={"correlation_id": "c"}, no={})
_system("The address to is one", "sys.To LIKE 'a%'", yes={"to": "abc"}, no={"to": "bcd"})
_system("The address to reply to is one", "sys.ReplyTo = 'r'", yes={"reply_to": "r"}, no={})
_system("The content type is one", "sys.ContentType = 'text/plain'", yes={"content_type": "text/plain"}, no={})
_system("The session id is one", "sys.SessionId = 's'", yes={"session_id": "s"}, no={"session_id": "t"})
_system(
    "The session id to reply to is one",
    "sys.ReplyToSessionId = 's'",
    yes={"reply_to_session_id": "s", "session_id": "x"},
    no={"session_id": "s"},
)
_system(
    "Properties of the broker and of the sender are not mixed up",
    "Label = 'red'",
    yes={"application_properties": {"Label": "red"}},
    no={"subject": "red"},
)
_system(
    "A message id that is a UUID is compared as text",
    f"sys.MessageId = '{UUID(int=5)}'",
    yes={"message_id": str(UUID(int=5))},
    no={"message_id": str(UUID(int=6))},
)
