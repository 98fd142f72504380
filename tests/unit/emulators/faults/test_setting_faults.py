import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from emulators.faults import Fault, FaultError, Faults, Recurring
from emulators.faults.reading import kinds_of
from emulators.faults.requests import answer, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip(Recurring):
    kind: ClassVar[str] = "trip"
    places = frozenset({"at"})
    at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fog(Fault):
    kind: ClassVar[str] = "fog"
    depth: int


@dataclass
class Road:
    """The side of an endpoint."""

    log: list[str] = field(default_factory=list)

    def begin(self, fault: Fault) -> bool:
        self.log.append(f"begin {fault.kind}")
        return False

    def end(self, fault: Fault) -> None:
        self.log.append(f"end {fault.kind}")

    def switch(self, *, on: bool) -> None:
        self.log.append("on" if on else "off")


@dataclass
class Step:
    at: str

    def agrees(self, place: str, wanted: Any) -> bool:
        return bool(getattr(self, place) == wanted)


def some_faults(*faults: Fault) -> tuple[Faults, Road]:
    road = Road()
    found = Faults(kinds_of(Trip, Fog), road)
    found.add(*faults)
    return found, road


def walk(faults: Faults, steps: int, at: str = "a") -> list[int]:
    """The numbers of the steps that are hit."""
    return [number for number in range(1, steps + 1) if faults.take(Step(at)) is not None]


def refusal_of(script: object) -> str:
    with pytest.raises(FaultError) as caught:
        some_faults()[0].read(script)
    return str(caught.value)


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Trip(), [1]),
        (Trip(count=3), [1, 2, 3]),
        (Trip(skip=2), [3]),
        (Trip(every=3, count=None), [1, 4, 7]),
        (Trip(skip=1, every=2, count=2), [2, 4]),
        (Trip(at="b", count=None), []),
    ],
)
def test_a_fault_hits_what_its_figures_say(fault: Trip, hit: list[int]) -> None:
    assert walk(some_faults(fault)[0], 9) == hit


def test_the_same_seed_hits_the_same_occasions() -> None:
    first, again, other = (
        walk(some_faults(Trip(probability=0.3, count=None, seed=seed))[0], 200) for seed in (7, 7, 8)
    )

    assert first == again != other
    assert 40 <= len(first) <= 80


def test_the_fault_that_was_set_first_has_an_occasion_to_itself() -> None:
    faults, _ = some_faults(Trip(name="first", count=1), Trip(name="second", count=1))

    walk(faults, 3)

    assert [(each.name, each.seen, each.hits) for each in faults.listing()] == [("first", 1, 1), ("second", 1, 1)]


def test_nobody_is_asked_while_no_fault_can_hit() -> None:
    faults, road = some_faults(Trip(count=2))

    walk(faults, 3)
    faults.add(Trip(name="x"))
    faults.clear()

    assert [word for word in road.log if word in {"on", "off"}] == ["on", "off", "on", "off"]


def test_a_fault_is_set_for_the_time_of_a_block() -> None:
    faults, road = some_faults()

    with faults.during(Fog(depth=3)) as (listed,):
        assert (listed.name, listed.is_over) == ("fog-1", False)

    assert faults.listing() == []
    assert road.log == ["begin fog", "on", "end fog", "off"]


def test_a_name_is_taken_once() -> None:
    faults, _ = some_faults(Trip(name="x"))

    with pytest.raises(FaultError, match="There is a fault named 'x' already"):
        faults.add(Trip(name="y"), Trip(name="x"))

    assert [each.name for each in faults.listing()] == ["x"]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (3, "Expected a fault as a JSON object with a property 'kind', found 3."),
        ({"kind": "slip"}, "Expected 'kind' to be one of fog, trip; found 'slip'."),
        (
            {"kind": "fog", "deep": 3},
            "Unknown property 'deep' of a fault of kind 'fog': expected some of depth, name.",
        ),
        ({"kind": "fog"}, "A fault of kind 'fog' needs the property 'depth'."),
        ({"kind": "fog", "depth": "3"}, "Expected a whole number as 'depth' of a fault of kind 'fog'; found '3'."),
        ({"kind": "fog", "depth": True}, "Expected a whole number as 'depth' of a fault of kind 'fog'; found True."),
        (
            {"kind": "trip", "count": 1.5},
            "Expected a whole number or null as 'count' of a fault of kind 'trip'; found 1.5.",
        ),
        ({"kind": "trip", "count": 0}, "'count' must be at least 1, or null for no end; found 0."),
        ({"kind": "trip", "probability": 0}, "'probability' must be more than 0 and at most 1; found 0.0."),
        ({"kind": "trip", "name": ""}, "Expected a name of 1 to 128 characters, found ''."),
        ([{"kind": "trip"}] * 1001, "Expected at most 1000 faults, found 1001."),
    ],
)
def test_what_is_wrong_with_a_script_is_said_with_what_was_expected(script: object, text: str) -> None:
    assert refusal_of(script) == text


def test_all_of_a_script_is_set_or_nothing() -> None:
    faults, _ = some_faults()

    with pytest.raises(FaultError):
        faults.read([{"kind": "trip"}, {"kind": "slip"}])

    assert faults.listing() == []


def test_faults_are_set_listed_and_removed_by_requests() -> None:
    faults, _ = some_faults()
    script = json.dumps([{"kind": "trip", "name": "x", "count": None}, {"kind": "fog", "depth": 3}]).encode()

    assert answer(faults, "POST", "", script)[0] == 201
    walk(faults, 2)
    status, body = answer(faults, "GET", "")

    assert status == 200
    assert json.loads(body) == {
        "faults": [
            {"kind": "trip", "name": "x", "count": None, "seen": 2, "hits": 2, "over": False},
            {"kind": "fog", "name": "fog-1", "depth": 3, "seen": 1, "hits": 1, "over": False},
        ]
    }
    assert [answer(faults, "DELETE", name)[0] for name in ("x", "x", "", "")] == [204, 404, 204, 204]
    assert json.loads(answer(faults, "GET", "")[1]) == {"faults": []}


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"kind":"slip"}'])
def test_a_bad_request_is_answered_with_400(body: bytes) -> None:
    status, text = answer(some_faults()[0], "POST", "", body)

    assert status == 400
    assert json.loads(text)["error"].startswith("Expected ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"

    with pytest.raises(FaultError, match=rf"The faults in {path} can't be read: No such file"):
        read_file(some_faults()[0], path)
    path.write_text('{"kind": "slip"}')
    with pytest.raises(FaultError, match=rf"The faults in {path} can't be set: Expected 'kind' to be one of"):
        read_file(some_faults()[0], path)
