import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from emulators.cosmos import faults as cosmos
from emulators.cosmos.faults.kinds import CosmosFault
from emulators.faults import Fault, Recurring
from emulators.faults.reading import Kinds, read_script
from emulators.servicebus import faults as servicebus
from emulators.servicebus.faults.kinds import ServiceBusFault

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "faults.md").read_text()
PARTS = {"servicebus": (servicebus.KINDS, "Service Bus"), "cosmos": (cosmos.KINDS, "Cosmos DB")}
ROW = re.compile(r"^\| `([\w-]+)` \| `(\w+)` \| (.*) \|$", re.MULTILINE)


def part(name: str) -> tuple[Kinds, str]:
    kinds, title = PARTS[name]
    return kinds, re.split(r"^## ", PAGE, flags=re.MULTILINE)[[*_titles()].index(title) + 1]


def _titles() -> list[str]:
    return re.findall(r"^## (.*)$", PAGE, re.MULTILINE)


def own(kind: type[Fault]) -> list[str]:
    common = {each.name for base in (Recurring, ServiceBusFault, CosmosFault) for each in fields(base)}
    return [each.name for each in fields(kind) if each.name not in common]


@pytest.mark.parametrize("name", PARTS)
def test_the_page_has_a_row_for_each_kind_of_fault_and_its_properties(name: str) -> None:
    kinds, text = part(name)
    rows = {kind: (made, re.findall(r"`(\w+)`", rest.rsplit("|", 1)[1])) for kind, made, rest in ROW.findall(text)}

    assert rows == {kind: (made.__name__, own(made)) for kind, made in kinds.items()}


def test_the_page_tells_the_moments_of_each_fault_and_which_is_the_default() -> None:
    _, text = part("servicebus")
    told = {kind: rest.split("|")[1].strip().split(", ") for kind, _, rest in ROW.findall(text)}

    for kind, made in servicebus.KINDS.items():
        if issubclass(made, ServiceBusFault):
            default = next(each.default for each in fields(made) if each.name == "at")
            moments = [f"**{moment}**" if moment == default else str(moment) for moment in made.moments]
            assert sorted(told[kind]) == sorted(moments), kind


@pytest.mark.parametrize("name", PARTS)
def test_the_examples_in_json_and_python_are_the_same_faults_one_of_each_kind(name: str) -> None:
    kinds, text = part(name)
    (script,) = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    imports, _, listed = code.partition("\n\n")
    names: dict[str, Any] = {}
    exec(imports, names)

    read = read_script(json.loads(script), kinds)

    assert read == eval(listed, names)
    assert [fault.kind for fault in read] == list(kinds)
