import html
import json
import logging
import sys
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import orjson
import pytest

from durable.concealing import CONCEALED, VALUES_MAX, Concealer
from durable.failure import MESSAGE_BYTES_MAX, failure_of
from durable.logs import JsonLines, TextLines

VALUE = 'jade/késtrel+"52" <x>\'\\'


def knowing(*values: str) -> Concealer:
    concealer = Concealer()
    for value in values:
        concealer.learn(value)
    return concealer


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        orjson.dumps({"a": VALUE}).decode(),
        repr(VALUE),
        quote(VALUE, safe=""),
        quote(VALUE),
        quote_plus(VALUE),
        "jade%2fk%c3%a9strel%2b%2252%22%20%3cx%3e%27%5c",
        html.escape(VALUE),
        VALUE.encode().hex(),
        VALUE.encode().hex().upper(),
        *(b64encode((before + VALUE + "a tail").encode()).decode() for before in ("", "u", "u:", "usr", "user:")),
        urlsafe_b64encode(("user:" + VALUE).encode()).decode(),
    ],
)
def test_a_value_is_found_in_the_forms_in_which_programs_write_it(form: str) -> None:
    told = knowing(VALUE).text(f"before {form} behind")

    assert "***" in told
    assert told.startswith("before ")
    assert told.endswith(" behind")
    assert len(told) < len("before  behind") + 22


def test_texts_and_keys_of_data_are_looked_through() -> None:
    data = {"a": ["x", f"Bearer {VALUE}", 1, None], VALUE: {"b": VALUE}}

    assert knowing(VALUE).data(data) == {"a": ["x", "Bearer ***", 1, None], "***": {"b": "***"}}


def test_nothing_is_looked_through_as_long_as_no_secret_is_known() -> None:
    data = {"a": 1}

    assert Concealer().data(data) is data
    assert not Concealer()


def test_a_line_of_a_long_value_is_found_by_itself() -> None:
    assert knowing("-----BEGIN-----\nMIIEvQIBADANBgkqhkiG\n").text("found MIIEvQIBADANBgkqhkiG") == "found ***"


def test_a_value_that_would_be_found_everywhere_is_not_looked_for() -> None:
    assert knowing("abc").text("abc") == "abc"


def test_of_too_many_values_the_one_learnt_longest_ago_is_forgotten() -> None:
    concealer = knowing(*(f"value-{number}-" for number in range(VALUES_MAX)), "value-0-", "one-more")

    assert concealer.text("value-0- value-1- value-2- one-more") == "*** value-1- *** ***"


def test_a_failure_has_none_in_its_messages_and_stacks_not_even_where_they_are_cut() -> None:
    CONCEALED.learn("topaz-heron-7741")
    filler = "x" * (MESSAGE_BYTES_MAX - 8)

    try:
        try:
            raise ValueError(filler + "topaz-heron-7741")
        except ValueError as error:
            raise KeyError("topaz-heron-7741") from error
    except KeyError as error:
        failure = failure_of(error)

    assert failure.cause is not None
    assert "topaz" not in repr(failure)
    assert failure.message == "'***'"


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_a_log_line_has_none(formatter: logging.Formatter) -> None:
    CONCEALED.learn('garnet-"finch"-90')
    try:
        raise ValueError('garnet-"finch"-90')
    except ValueError:
        record = logging.LogRecord("a", logging.INFO, "f", 1, "it is %s", ('garnet-"finch"-90',), sys.exc_info())
    record.token = 'garnet-"finch"-90'

    line = formatter.format(record)

    assert "finch" not in line
    assert "it is ***" in line
    if isinstance(formatter, JsonLines):
        assert orjson.loads(line)["token"] == "***"
