"""Asks whether a package of the lock file is known to be vulnerable: `make audit`.

1. One request to OSV, the database that lists what PyPI, GitHub and others know, for all packages.
2. Without an answer nothing was audited; it says so, and that is no failure: the check must not fail for the network.
3. What is known and does no harm here stands in `accepted-vulnerabilities.toml`, with the reason and the last day on
   which that holds; then it is looked at again.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
ACCEPTED = Path(__file__).with_name("accepted-vulnerabilities.toml")
SERVICE = "https://api.osv.dev"
TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 20_000_000
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the lock file."""

    name: str
    version: str


class NotAudited(Exception):
    """Nobody could be asked; the text says why."""


def packages_in(text: str) -> list[Package]:
    """Read a lock file.

    Raises:
        ValueError: a line pins no version.
    """
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    matches = {line: _PINNED.match(line) for line in lines if line}
    loose = [line for line, match in matches.items() if match is None]
    if loose:
        raise ValueError(f"expected name==version in each line of the lock file; found {', '.join(loose)}")
    return [Package(match[1], match[2]) for match in matches.values() if match is not None]


def vulnerabilities(packages: Iterable[Package], service: str = SERVICE) -> dict[Package, list[str]]:
    """Give what is known of each package that is vulnerable.

    Raises:
        NotAudited: the service can't be reached, or answers otherwise than expected.
    """
    asked = list(packages)
    queries = [{"package": {"name": one.name, "ecosystem": "PyPI"}, "version": one.version} for one in asked]
    results = _ask(f"{service}/v1/querybatch", {"queries": queries}).get("results")
    if not isinstance(results, list) or len(results) != len(asked):
        raise NotAudited(f"{service} did not answer for each of {len(asked)} packages")
    found = {
        one: [str(each["id"]) for each in result.get("vulns", [])] for one, result in zip(asked, results, strict=True)
    }
    return {one: ids for one, ids in found.items() if ids}


def accepted(today: date, path: Path = ACCEPTED) -> Mapping[str, str]:
    """Give the vulnerabilities that do no harm here, with the reason.

    Raises:
        ValueError: an entry has no reason or no day.
    """
    listed = tomllib.loads(path.read_text()).get("accepted", [])
    for each in listed:
        if not each.get("reason") or not isinstance(each.get("until"), date):
            raise ValueError(f"{path.name}: expected `reason` and a day `until` with {each.get('id')!r}")
    return {each["id"]: each["reason"] for each in listed if today <= each["until"]}


def _ask(url: str, document: object) -> dict[str, object]:
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            found = json.loads(answer.read(ANSWER_BYTES_MAX))
    except (OSError, ValueError) as error:
        raise NotAudited(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise NotAudited(f"{url}: expected a JSON object")
    return found


def main() -> int:
    """Say what is vulnerable; gives 1 if that is anything."""
    packages = packages_in(LOCK.read_text())
    service = os.environ.get("AUDIT_SERVICE", SERVICE)
    try:
        found = vulnerabilities(packages, service)
    except NotAudited as error:
        print(f"not audited: {len(packages)} packages, as nobody could be asked ({error})")
        return 0
    known = accepted(datetime.now(UTC).date())
    new = {one: [id for id in ids if id not in known] for one, ids in found.items()}
    for one, ids in new.items():
        for id in ids:
            print(f"{one.name} {one.version} is vulnerable: {SERVICE.replace('api.', '')}/vulnerability/{id}")
    if not any(new.values()):
        print(f"audited: {len(packages)} packages, nothing known against them that is not accepted")
    return 1 if any(new.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
