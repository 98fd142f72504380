"""Whether every file is Bicep: by the grammar that editors use, and by the parser that checkov uses."""

from __future__ import annotations

import json
from pathlib import Path

from infra_check.bicep.source import read_bicep
from infra_check.findings import Checked, Finding, place
from infra_check.outside import python_json
from infra_check.situations import bicep_files

# Prints the files that pycep does not take, with the reason.
_PARSE = """
import json, sys, pycep
found, parser = {}, pycep.BicepParser()
for path in sys.argv[1:]:
    try:
        parser.parse(text=open(path, encoding="utf-8").read())
    except Exception as error:
        found[path] = [getattr(error, "line", 1), str(error).strip().splitlines()[0]]
json.dump(found, sys.stdout)
"""


def check(root: Path) -> Checked:
    """Parse every file twice, and every JSON file that lies beside them."""
    paths = bicep_files(root)
    found = [
        Finding(place(root, path, line), "expected Bicep that the grammar knows")
        for path in paths
        for line in read_bicep(path).broken
    ]
    for path, (line, told) in python_json(root, _PARSE, *map(str, paths)).items():
        found.append(Finding(place(root, Path(path), max(line, 1)), f"pycep: {told}"))
    jsons = sorted((root / "infra/bicep").rglob("*.json"))
    for path in jsons:
        try:
            json.loads(path.read_bytes())
        except json.JSONDecodeError as error:
            found.append(Finding(place(root, path, error.lineno), f"expected JSON; {error.msg}"))
    return Checked(f"{len(paths)} Bicep files by tree-sitter and by pycep, {len(jsons)} JSON files", found)
