"""All checks, one module each, in the order in which they are told.

A check is a function that is given the root of the project and gives what it looked at and what it found. It reads
files and calls tools; it raises only what nobody can mend in the files that it looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from infra_check.checks import (
    app_settings,
    azd,
    compose,
    dockerfiles,
    keys,
    modules,
    names,
    policies,
    property_types,
    queries,
    rights,
    scale_rules,
    scripts,
    start,
    syntax,
    topology,
    values,
    workbook,
)
from infra_check.findings import Checked

Check: TypeAlias = Callable[[Path], Checked]

CHECKS: Mapping[str, Check] = {
    "syntax": syntax.check,
    "names": names.check,
    "modules": modules.check,
    "values": values.check,
    "start": start.check,
    "types": property_types.check,
    "topology": topology.check,
    "rights": rights.check,
    "keys": keys.check,
    "settings": app_settings.check,
    "scaling": scale_rules.check,
    "azd": azd.check,
    "scripts": scripts.check,
    "policies": policies.check,
    "dockerfiles": dockerfiles.check,
    "compose": compose.check,
    "queries": queries.check,
    "workbook": workbook.check,
}
