import json
from pathlib import Path

import pytest

from infra_check.bicep.schemas import Schemas
from infra_check.checks import property_types
from tests.support.planted import Planted

REGISTRY = "infra/bicep/modules/registry.bicep"
# In the shape of the public data: a list whose entries refer to one another by their place.
TYPES = [
    {"$type": "StringType"},
    {"$type": "BooleanType"},
    {"$type": "StringLiteralType", "value": "Basic"},
    {"$type": "StringLiteralType", "value": "Standard"},
    {"$type": "UnionType", "elements": [{"$ref": "#/2"}, {"$ref": "#/3"}]},
    {"$type": "ObjectType", "name": "Sku", "properties": {"name": {"type": {"$ref": "#/4"}, "flags": 1}}},
    {
        "$type": "ObjectType",
        "name": "Properties",
        "properties": {
            "adminUserEnabled": {"type": {"$ref": "#/1"}, "flags": 0},
            "anonymousPullEnabled": {"type": {"$ref": "#/1"}, "flags": 0},
            "loginServer": {"type": {"$ref": "#/0"}, "flags": 2},
            "zones": {"type": {"$ref": "#/8"}, "flags": 0},
            "days": {"type": {"$ref": "#/9"}, "flags": 0},
        },
    },
    {"$type": "ObjectType", "name": "Tags", "properties": {}, "additionalProperties": {"$ref": "#/0"}},
    {"$type": "ArrayType", "itemType": {"$ref": "#/0"}},
    {"$type": "IntegerType", "minValue": 1, "maxValue": 90},
    {
        "$type": "ObjectType",
        "name": "Registry",
        "properties": {
            "name": {"type": {"$ref": "#/0"}, "flags": 9},
            "location": {"type": {"$ref": "#/0"}, "flags": 1},
            "sku": {"type": {"$ref": "#/5"}, "flags": 1},
            "tags": {"type": {"$ref": "#/7"}, "flags": 0},
            "properties": {"type": {"$ref": "#/6"}, "flags": 0},
        },
    },
    {
        "$type": "ResourceType",
        "name": "Microsoft.ContainerRegistry/registries@2025-11-01",
        "body": {"$ref": "#/10"},
    },
]


@pytest.fixture
def typed(project: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    folder = project.root / "types"
    folder.mkdir()
    (folder / "microsoft.containerregistry_2025-11-01.json").write_text(json.dumps(TYPES))
    monkeypatch.setenv("BICEP_TYPES", str(folder))
    return project


def test_without_type_data_it_is_said_that_types_are_not_checked(
    project: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BICEP_TYPES", raising=False)

    checked = property_types.check(project.root)

    assert checked.told == "types not checked: BICEP_TYPES names no folder of public type data"


def test_a_folder_of_type_data_that_is_not_there_is_a_fault(project: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BICEP_TYPES", "nowhere")

    assert project.told(property_types.check) == ["BICEP_TYPES: expected a folder; found 'nowhere'"]


def test_resources_that_fit_their_types_are_in_order_and_others_are_named(typed: Planted) -> None:
    checked = property_types.check(typed.root)

    assert checked.findings == []
    assert checked.told.startswith("1 resource types; no type data, not checked: Microsoft.App/containerApps, ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("adminUserEnabled: false", "adminUserEnable: false", "expected a property of this version; found one that it"),
        ("adminUserEnabled: false", "adminUserEnabled: 'no'", "expected true or false; found 'no'"),
        ("adminUserEnabled: false", "loginServer: 'x'", "expected a property that can be set; found one that Azure"),
        ("adminUserEnabled: false", "zones: 'x'", "expected a list; found 'x'"),
        ("adminUserEnabled: false", "zones: [\n      1\n    ]", "expected text of any characters; found 1"),
        ("adminUserEnabled: false", "days: 91", "expected a number within 1 and 90; found 91"),
        ("name: sku", "name: 'Huge'", "expected one of Basic, Standard; found 'Huge'"),
    ],
)
def test_a_property_that_does_not_fit_is_found_on_its_line(typed: Planted, old: str, new: str, told: str) -> None:
    typed.change(REGISTRY, old, new)

    where = typed.line(REGISTRY, new.splitlines()[0])
    assert [found.startswith(f"{where}: ") and told in found for found in typed.told(property_types.check)] == [True]


def test_a_property_that_must_be_there_and_is_not_is_found(typed: Planted) -> None:
    typed.change(REGISTRY, "  sku: {\n    name: sku\n  }\n", "")

    assert [found for found in typed.told(property_types.check) if "sku: expected this property; found none" in found]


def test_a_version_that_there_is_no_data_for_is_found(typed: Planted) -> None:
    typed.change(REGISTRY, "registries@2025-11-01", "registries@2019-05-01")

    told = "there is type data for (2025-11-01); found 2019-05-01"
    assert [found for found in typed.told(property_types.check) if told in found] != []


def test_a_word_that_chooses_between_kinds_of_an_object_must_be_one_of_them(tmp_path: Path) -> None:
    discriminated = [
        *TYPES[:10],
        {
            "$type": "DiscriminatedObjectType",
            "name": "Policy",
            "discriminator": "type",
            "baseProperties": {"days": {"type": {"$ref": "#/9"}, "flags": 0}},
            "elements": {"Continuous": {"$ref": "#/6"}},
        },
        {"$type": "ResourceType", "name": "A/b@1", "body": {"$ref": "#/10"}},
    ]
    path = tmp_path / "a_1.json"
    path.write_text(json.dumps(discriminated))
    schemas = Schemas(path)

    mismatches = [found.told for found in schemas.mismatches(schemas.bodies["a/b@1"], {"type": "Sometimes"}, "policy")]

    assert mismatches == ["expected type to be one of Continuous; found 'Sometimes'"]
