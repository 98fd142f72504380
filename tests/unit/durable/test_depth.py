import orjson
import pytest

from durable.cloudevent import CloudEvent, read_cloudevent
from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper
from durable.errors import PayloadTooLarge, UndecodableMessage
from durable.http.body import parse_json
from durable.http.problem import Problem
from durable.payload import encode_payload


def _nested(levels: int) -> list[object]:
    data: list[object] = []
    for _ in range(levels - 1):
        data = [data]
    return data


def test_depth_counts_lists_and_objects_and_nothing_else() -> None:
    assert not is_deeper("[[[[", 1)
    assert not is_deeper({"a": [1]}, 2)
    assert is_deeper({"a": [1]}, 1)


def test_a_payload_may_be_nested_as_deeply_as_a_record_can_hold() -> None:
    assert encode_payload(_nested(PAYLOAD_DEPTH_MAX), list) == _nested(PAYLOAD_DEPTH_MAX)
    with pytest.raises(PayloadTooLarge, match="100 levels"):
        encode_payload(_nested(PAYLOAD_DEPTH_MAX + 1), list)


@pytest.mark.parametrize("levels", [300, 2000])
def test_a_result_nested_beyond_all_measure_is_one_that_does_not_serialise(levels: int) -> None:
    with pytest.raises((TypeError, PayloadTooLarge)):
        encode_payload(_nested(levels), list)


def test_a_result_that_holds_itself_is_one_that_does_not_serialise() -> None:
    loop: dict[str, object] = {}
    loop["a"] = loop
    with pytest.raises(TypeError, match="serialises to JSON"):
        encode_payload(loop, dict)


def test_a_request_nested_too_deeply_is_malformed() -> None:
    assert parse_json(b"[" * 100 + b"]" * 100) == _nested(100)
    with pytest.raises(Problem, match="100 levels"):
        parse_json(b"[" * 101 + b"]" * 101)


@pytest.mark.parametrize("levels", [101, 300])
def test_a_cloudevent_nested_too_deeply_is_none(levels: int) -> None:
    data = b"[" * levels + b"]" * levels
    head = orjson.dumps({"specversion": "1.0", "id": "1", "source": "/a", "type": "t"})
    with pytest.raises(UndecodableMessage, match="100 levels"):
        CloudEvent.from_json(head[:-1] + b',"data":' + data + b"}")
    attributes = {"cloudEvents:specversion": "1.0", "cloudEvents:id": "1"}
    with pytest.raises(UndecodableMessage, match="100 levels"):
        read_cloudevent(data, "application/json", attributes)
