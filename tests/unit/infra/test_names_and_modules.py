from infra_check.checks import modules, names
from tests.support.planted import MAIN, Planted

REGISTRY = "infra/bicep/modules/registry.bicep"


def test_the_names_of_the_project_are_in_order(project: Planted) -> None:
    assert project.told(names.check) == []
    assert project.told(modules.check) == []


def test_a_name_that_is_not_declared_is_found_with_its_line(project: Planted) -> None:
    project.change(REGISTRY, "location: location", "location: place")

    where = project.line(REGISTRY, "location: place")
    assert f"{where}: expected a name that is declared; found 'place'" in project.told(names.check)


def test_a_function_that_is_not_known_is_found(project: Planted) -> None:
    project.change(REGISTRY, "name: name", "name: toSnake(name)")

    where = project.line(REGISTRY, "toSnake")
    assert project.told(names.check) == [f"{where}: expected a function that is known; found toSnake()"]


def test_a_parameter_that_nothing_uses_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\nparam spare string = ''\n")

    where = project.line(REGISTRY, "param spare")
    assert project.told(names.check) == [f"{where}: 'spare' is declared and not used: remove it"]


def test_a_variable_that_nothing_uses_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\nvar spare = 1\n")

    assert [told for told in project.told(names.check) if "'spare' is declared and not used" in told] != []


def test_an_existing_resource_that_nothing_uses_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\nresource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {\n  name: 'kv'\n}\n")

    assert [told for told in project.told(names.check) if "'vault' is declared and not used" in told] != []


def test_a_name_that_is_declared_twice_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\nvar sku = 'Basic'\n")

    assert [told for told in project.told(names.check) if "expected 'sku' to be declared once" in told] != []


def test_the_variable_of_a_loop_is_known_inside_the_loop_alone(project: Planted) -> None:
    project.add(
        REGISTRY, "\nvar doubled = [for one in [1, 2]: one + one]\noutput both array = concat(doubled, [one])\n"
    )

    where = project.line(REGISTRY, "output both")
    assert project.told(names.check) == [f"{where}: expected a name that is declared; found 'one'"]


def test_a_file_that_no_module_reaches_is_found(project: Planted) -> None:
    project.add("infra/bicep/modules/left-over.bicep", "param name string\noutput same string = name\n")

    assert "infra/bicep/modules/left-over.bicep:1: no module refers to it: remove it" in project.told(modules.check)


def test_data_that_no_file_loads_is_found(project: Planted) -> None:
    project.add("infra/bicep/sizes.json", "{}")

    assert project.told(modules.check) == ["infra/bicep/sizes.json:1: no file loads it: remove it"]


def test_a_module_that_is_not_there_is_found(project: Planted) -> None:
    project.change(MAIN, "'modules/registry.bicep'", "'modules/registries.bicep'")

    where = project.line(MAIN, "registries.bicep")
    assert f"{where}: expected a file 'modules/registries.bicep'; found none" in project.told(modules.check)


def test_a_parameter_that_a_module_does_not_have_is_found(project: Planted) -> None:
    project.change(MAIN, "sku: chosen.registry.sku", "sku: chosen.registry.sku\n    colour: 'red'")

    where = project.line(MAIN, "'modules/registry.bicep'")
    told = f"{where}: expected parameters of registry.bicep; found 'colour', which it does not have"
    assert project.told(modules.check) == [told]


def test_a_parameter_that_a_module_needs_and_is_not_given_is_found(project: Planted) -> None:
    project.change(MAIN, "    sku: chosen.registry.sku\n", "")

    where = project.line(MAIN, "'modules/registry.bicep'")
    assert project.told(modules.check) == [f"{where}: expected parameter 'sku' of registry.bicep; found none"]


def test_an_output_that_nothing_uses_is_found(project: Planted) -> None:
    project.add(REGISTRY, "\noutput place string = location\n")

    where = project.line(REGISTRY, "output place")
    assert project.told(modules.check) == [f"{where}: output 'place' is used nowhere: remove it"]
