"""Whether every file is reached from `main.bicep`, and modules are given what they ask for and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from infra_check.bicep.source import BicepFile, body_of, properties_of, read_bicep
from infra_check.findings import Checked, Finding, place
from infra_check.situations import BICEP, MAIN, bicep_files

_LOADED = re.compile(r"loadJsonContent\('([^']+)'\)")
_OUTPUT = re.compile(r"\.outputs\.(\w+)")
_FOR_TOOLS = frozenset({"main.parameters.json"})


def check(root: Path) -> Checked:
    """Follow every module from `main.bicep` on."""
    files = {path.resolve(): read_bicep(path) for path in bicep_files(root)}
    reached = _reached(files, (root / MAIN).resolve())
    found = [Finding(place(root, path), "no module refers to it: remove it") for path in files if path not in reached]
    calls = [(file, declared) for file in files.values() for declared in file.modules.values()]
    for file, declared in calls:
        where = place(root, file.path, declared.line)
        target = files.get(file.target(declared))
        if target is None:
            found.append(Finding(where, f"expected a file {declared.kind!r}; found none"))
        else:
            found += [Finding(where, told) for told in _given_wrongly(declared.value, target)]
    found += _unused_outputs(root, files)
    found += _unused_data(root, files)
    return Checked(f"{len(reached)} of {len(files)} files reached, {len(calls)} modules with their parameters", found)


def _reached(files: dict[Path, BicepFile], start: Path) -> set[Path]:
    reached: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in files and path not in reached:
            reached.add(path)
            waiting += [files[path].target(declared) for declared in files[path].modules.values()]
    return reached


def _given_wrongly(value: object, target: BicepFile) -> Iterator[str]:
    body = body_of(value)  # type: ignore[arg-type] # A module always has one: it would not have been parsed.
    given = properties_of(properties_of(body)["params"]) if body and "params" in properties_of(body) else {}
    name = target.path.name
    for parameter in sorted(given.keys() - target.parameters.keys()):
        yield f"expected parameters of {name}; found {parameter!r}, which it does not have"
    needed = {parameter for parameter, declared in target.parameters.items() if declared.value is None}
    for parameter in sorted(needed - given.keys()):
        yield f"expected parameter {parameter!r} of {name}; found none"


def _unused_outputs(root: Path, files: dict[Path, BicepFile]) -> Iterator[Finding]:
    used = {name for file in files.values() for name in _OUTPUT.findall(file.path.read_text())}
    for path, file in files.items():
        for name, output in file.outputs.items():
            if name not in used and path != (root / MAIN).resolve():
                yield Finding(place(root, path, output.line), f"output {name!r} is used nowhere: remove it")


def _unused_data(root: Path, files: dict[Path, BicepFile]) -> Iterator[Finding]:
    loaded = {
        (path.parent / name).resolve() for path, file in files.items() for name in _LOADED.findall(path.read_text())
    }
    for path in sorted((root / BICEP).rglob("*.json")):
        if path.resolve() not in loaded and path.name not in _FOR_TOOLS:
            yield Finding(place(root, path), "no file loads it: remove it")
