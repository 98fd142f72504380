"""Whether azd finds what it needs: a Dockerfile and a container app for each service, a value for each parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra_check.bicep.source import read_bicep
from infra_check.findings import Checked, Finding
from infra_check.outside import python_json
from infra_check.situations import BICEP, MAIN, services

PROJECT = Path("azure.yaml")
PARAMETERS = BICEP / "main.parameters.json"
# What azd itself knows of an environment; it does not know the tenant.
_OF_AZD = frozenset({"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID"})
_WITHOUT_DEFAULT = re.compile(r"\$\{(\w+)\}")
_SET = re.compile(r"^\s*azd env set (\w+) ", re.MULTILINE)
_READ = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout)"


def check(root: Path) -> Checked:
    """Compare azure.yaml and the parameter file with what there is."""
    project = python_json(root, _READ, str(root / PROJECT))
    found = [Finding(f"{PROJECT}:1", told) for told in (*_of_services(root, project), *_of_infra(root, project))]
    parameters = json.loads((root / PARAMETERS).read_bytes())["parameters"]
    found += [Finding(f"{PARAMETERS}:1", told) for told in _of_parameters(root, parameters)]
    return Checked(f"{len(project['services'])} services of {PROJECT}, {len(parameters)} parameters", found)


def _of_services(root: Path, project: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(set(services(root)) ^ set(project["services"])):
        yield f"expected a container app and an entry for each service; found one of them for {name!r}"
    for name, service in project["services"].items():
        folder = root / service["project"]
        if not (folder / service["docker"]["path"]).is_file():
            yield f"expected a Dockerfile of {name} at {service['project']}/{service['docker']['path']}; found none"
        if (folder / service["docker"]["context"]).resolve() != root.resolve():
            yield f"expected the root of the project as the context of {name}; found {service['docker']['context']}"


def _of_infra(root: Path, project: Mapping[str, Any]) -> Iterator[str]:
    if (Path(project["infra"]["path"]) / f"{project['infra']['module']}.bicep") != MAIN:
        yield f"expected infra to name {MAIN}; found {project['infra']}"
    for name, told in project.get("hooks", {}).items():
        for hook in told if isinstance(told, list) else [told]:
            script = root / hook["run"]
            if not script.is_file() or not script.stat().st_mode & 0o100:
                yield f"expected a script that can be run for hook {name}; found none at {hook['run']}"


def _of_parameters(root: Path, given: Mapping[str, Any]) -> Iterator[str]:
    declared = read_bicep(root / MAIN).parameters
    for name in sorted(given.keys() - declared.keys()):
        yield f"expected parameters of main.bicep; found {name!r}, which it does not have"
    for name in sorted(declared.keys() - given.keys()):
        yield f"expected a value of parameter {name!r}; found none"
    told = _OF_AZD.union(*(_SET.findall(path.read_text()) for path in (root / "infra").glob("*.sh")))
    for name in sorted(set(_WITHOUT_DEFAULT.findall(json.dumps(given))) - told):
        yield f"expected a variable that azd or a script sets, or a default behind it; found ${{{name}}}"
    for name in sorted(set(services(root)) ^ given["images"]["value"].keys()):
        yield f"expected an image of each service; found {name!r} on one side only"
