import pytest

from infra_check.checks import values
from infra_check.situations import situations
from tests.support.planted import MAIN, Planted

REGISTRY = "infra/bicep/modules/registry.bicep"


def test_everything_of_the_project_can_be_worked_out(project: Planted) -> None:
    assert project.told(values.check) == []


def test_an_output_that_a_module_does_not_have_is_found(project: Planted) -> None:
    project.change(MAIN, "registry.outputs.server", "registry.outputs.address")

    assert [
        told for told in project.told(values.check) if "expected 'address' in an object of name, server" in told
    ] != []


def test_a_property_that_the_profile_lacks_is_found(project: Planted) -> None:
    project.change("infra/bicep/profiles/production.json", '"registry": { "sku": "Standard" }', '"registry": {}')

    assert [told for told in project.told(values.check) if "expected 'sku' in an object of nothing" in told] != []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sku: 5", "expected string for parameter 'sku'; found 5"),
        ("sku: [chosen.registry.sku]", "expected string for parameter 'sku'; found ['Basic']"),
    ],
)
def test_a_value_of_another_kind_than_the_parameter_is_found(project: Planted, given: str, told: str) -> None:
    project.change(MAIN, "sku: chosen.registry.sku", given)

    assert [found for found in project.told(values.check) if told in found] != []


def test_a_value_that_is_not_allowed_is_found(project: Planted) -> None:
    project.change("infra/bicep/profiles/dev.json", "Continuous7Days", "Continuous8Days")

    wanted = "expected one of Continuous7Days, Continuous30Days for parameter 'backup'; found 'Continuous8Days'"
    assert [found for found in project.told(values.check) if wanted in found] != []


def test_a_resource_that_is_deployed_twice_is_found(project: Planted) -> None:
    path = project.root / REGISTRY
    declared = path.read_text().split("resource registry ")[1].split("\noutput")[0]
    project.add(REGISTRY, f"\nresource again {declared}")

    assert [found for found in project.told(values.check) if "expected one resource" in found and "found 2" in found]


def test_a_variable_that_depends_on_itself_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\nvar first = second\nvar second = first\noutput both string = first\n")

    assert [found for found in project.told(values.check) if "not to depend on itself" in found] != []


def test_a_file_of_private_networking_is_deployed_by_parameter_alone(project: Planted) -> None:
    kinds = {
        name: {each.kind for each in expansion.deployed if each.kind.startswith("Microsoft.Network/")}
        for name, expansion in situations(project.root).items()
    }

    assert [name for name, found in kinds.items() if found] == ["production, private"]


def test_before_the_first_image_there_is_a_registry_and_no_app(project: Planted) -> None:
    kinds = {each.kind for each in situations(project.root)["before the first image"].deployed}

    assert "Microsoft.ContainerRegistry/registries" in kinds
    assert "Microsoft.App/containerApps" not in kinds
