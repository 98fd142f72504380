"""The scripts that azd runs, with stand-ins for azd and az that keep what they are told and asked."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.planted import ROOT

AZD = """#!/usr/bin/env python3
import json, os, pathlib, sys
kept = pathlib.Path(os.environ["KEPT"])
values = json.loads(kept.read_text())
if sys.argv[2] == "get-values":
    print("".join(f'{name}="{value}"\\n' for name, value in values.items()), end="")
elif sys.argv[2] == "get-value" and sys.argv[3] in values:
    print(values[sys.argv[3]])
elif sys.argv[2] == "get-value":
    print(f"ERROR: key '{sys.argv[3]}' not found in the environment values")
    sys.exit(1)
else:
    values[sys.argv[3]] = sys.argv[4]
    kept.write_text(json.dumps(values))
"""
AZ = """#!/usr/bin/env python3
import json, os, pathlib, sys
kept = pathlib.Path(os.environ["KEPT"] + ".az")
asked = json.loads(kept.read_text()) if kept.exists() else []
bodies = [pathlib.Path(told[1:]).read_text() for told in sys.argv if told.startswith("@")]
kept.write_text(json.dumps([*asked, [*sys.argv[1:], *bodies]]))
if os.environ.get("FAILS") and sum(each[:3] == ["ad", "app", "update"] for each in asked) < int(os.environ["FAILS"]):
    if sys.argv[1:4] == ["ad", "app", "update"]:
        sys.exit("Resource does not exist or one of its queried reference-property objects are not present.")
if sys.argv[1:5] == ["rest", "--method", "get", "--url"] and not any("put" in each for each in asked):
    sys.exit('Not Found({"error":{"code":"SecretNotFound","message":"no such secret"}})')
if sys.argv[1:4] == ["ad", "app", "create"]:
    print("11111111-1111-4111-8111-111111111111")
"""


@dataclass(frozen=True, slots=True)
class Environment:
    folder: Path

    def run(self, script: str, **more: str) -> None:
        told = {"PATH": f"{self.folder}:{os.environ['PATH']}", "KEPT": str(self.folder / "kept"), **more}
        subprocess.run([ROOT / "infra" / script], env={**os.environ, **told}, check=True, capture_output=True)

    @property
    def values(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "kept").read_text())
        return found

    def asked(self, *first: str) -> list[list[str]]:
        kept = self.folder / "kept.az"
        asked: list[list[str]] = json.loads(kept.read_text()) if kept.exists() else []
        return [each for each in asked if each[: len(first)] == list(first)]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    for name, text in (("azd", AZD), ("az", AZ), ("sleep", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    values = {
        "AZURE_ENV_NAME": "test",
        "AZURE_SUBSCRIPTION_ID": "subscription",
        "AZURE_RESOURCE_GROUP": "rg-test",
        "AZURE_KEY_VAULT_NAME": "kv-test",
        "AZURE_CONTAINER_REGISTRY_ENDPOINT": "crtest.azurecr.io",
    }
    (tmp_path / "kept").write_text(json.dumps(values))
    return Environment(tmp_path)


def test_the_application_is_registered_once(environment: Environment) -> None:
    environment.run("register-app.sh")
    environment.run("register-app.sh")

    (created,) = environment.asked("ad", "app", "create")
    assert [role["value"] for role in json.loads(created[-1])] == ["publish", "read", "operate"]
    application = "11111111-1111-4111-8111-111111111111"
    assert environment.values["AUTH_AUDIENCE"] == f"{application} api://{application}"


def test_an_application_that_is_not_found_everywhere_yet_is_asked_for_again(environment: Environment) -> None:
    environment.run("register-app.sh", FAILS="2")

    assert len(environment.asked("ad", "app", "create")) == 1
    assert "AUTH_AUDIENCE" in environment.values


def test_a_registration_that_broke_off_goes_on_with_the_same_application(environment: Environment) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        environment.run("register-app.sh", FAILS="99")
    assert "AUTH_AUDIENCE" not in environment.values

    environment.run("register-app.sh")

    assert len(environment.asked("ad", "app", "create")) == 1
    assert "AUTH_AUDIENCE" in environment.values


def test_the_key_that_seals_is_made_once(environment: Environment) -> None:
    environment.run("make-seal-keys.sh")
    environment.run("make-seal-keys.sh")

    (made,) = environment.asked("rest", "--method", "put")
    assert list(json.loads(json.loads(made[-1])["properties"]["value"])) == ["1"]


def test_each_image_is_built_once(environment: Environment) -> None:
    environment.run("build-images.sh")
    environment.run("build-images.sh")

    built = environment.asked("acr", "build")
    assert len(built) == 8
    assert all((ROOT / each[each.index("--file") + 1]).is_file() for each in built)
    named = {name for name in environment.values if name.startswith("SERVICE_")}
    parameters = (ROOT / "infra/bicep/main.parameters.json").read_text()
    assert [name for name in sorted(named) if f"${{{name}=}}" not in parameters] == []


def test_images_that_went_with_their_registry_are_built_again(environment: Environment) -> None:
    environment.run("build-images.sh")

    environment.run("forget-images.sh")
    assert {value for name, value in environment.values.items() if name.startswith("SERVICE_")} == {""}
    environment.run("build-images.sh")

    assert len(environment.asked("acr", "build")) == 16
