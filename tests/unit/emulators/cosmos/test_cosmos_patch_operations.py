from typing import Any

import pytest

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.patch import patched


def document() -> dict[str, Any]:
    return {"id": "1", "n": 5, "list": [1, 2, 3], "inner": {"a": 1}}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ({"op": "add", "path": "/new", "value": 1}, {"new": 1}),
        ({"op": "add", "path": "/list/1", "value": 9}, {"list": [1, 9, 2, 3]}),
        ({"op": "add", "path": "/list/-", "value": 9}, {"list": [1, 2, 3, 9]}),
        ({"op": "set", "path": "/list/1", "value": 9}, {"list": [1, 9, 3]}),
        ({"op": "set", "path": "/inner/b", "value": None}, {"inner": {"a": 1, "b": None}}),
        ({"op": "replace", "path": "/inner/a", "value": 2}, {"inner": {"a": 2}}),
        ({"op": "remove", "path": "/list/0"}, {"list": [2, 3]}),
        ({"op": "incr", "path": "/n", "value": -2}, {"n": 3}),
        ({"op": "incr", "path": "/fresh", "value": 2.5}, {"fresh": 2.5}),
        ({"op": "incr", "path": "/list/0", "value": 1}, {"list": [2, 2, 3]}),
        ({"op": "move", "from": "/inner/a", "path": "/b"}, {"inner": {}, "b": 1}),
        ({"op": "set", "path": "/a~1b~0", "value": 1}, {"a/b~": 1}),
    ],
)
def test_an_operation_changes_its_path(operation: dict[str, Any], changed: dict[str, Any]) -> None:
    assert patched(document(), [operation]) == {**document(), **changed}


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [
        ({"op": "swap", "path": "/n", "value": 1}, "swap"),
        ({"op": "set", "path": "n", "value": 1}, "start with '/'"),
        ({"op": "set", "path": "/n"}, "no value"),
        ({"op": "set", "path": "/id", "value": "2"}, "'id'"),
        ({"op": "set", "path": "/_ts", "value": 2}, "'_ts'"),
        ({"op": "replace", "path": "/missing", "value": 1}, "/missing"),
        ({"op": "remove", "path": "/missing"}, "/missing"),
        ({"op": "add", "path": "/missing/deeper", "value": 1}, "/missing/deeper"),
        ({"op": "add", "path": "/n/deeper", "value": 1}, "/n/deeper"),
        ({"op": "add", "path": "/list/4", "value": 1}, "'4'"),
        ({"op": "set", "path": "/list/3", "value": 1}, "'3'"),
        ({"op": "incr", "path": "/inner", "value": 1}, "numbers"),
        ({"op": "incr", "path": "/n", "value": "1"}, "numbers"),
    ],
)
def test_an_operation_that_makes_no_sense_is_400_with_its_place(operation: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CosmosError, match=complaint) as caught:
        patched(document(), [operation])

    assert caught.value.status == 400


@pytest.mark.parametrize("count", [0, 11])
def test_a_patch_has_one_to_ten_operations(count: int) -> None:
    with pytest.raises(CosmosError, match="1 to 10"):
        patched(document(), [{"op": "set", "path": "/n", "value": 1}] * count)
