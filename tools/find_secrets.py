"""Looks for secrets in what git tracks: `make secrets`.

1. What looks like a secret is found by the rules of `detect-secrets`, without asking anybody whether it is one. Most
   files hold nothing that any rule is about; only what may is read line by line, which is what takes time.
2. What was found and is none stands in `harmless-secrets.toml` with the reason, by file and digest of its line: another
   value in its place is found again, and what is no longer there must not stand there any more.
3. In tests a name such as `password` makes no secret of a value, as they make up their own; its form still does.
4. A secret that was ever committed is known to all who have the history: withdraw it where it opens something, first.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
from detect_secrets.plugins.keyword import DENYLIST, KeywordDetector
from detect_secrets.settings import default_settings, get_plugins

ROOT = Path(__file__).resolve().parents[1]
HARMLESS = Path(__file__).with_name("harmless-secrets.toml")
# Names of packages with their versions, line by line.
NOT_READ = frozenset({"requirements.lock"})
# An address is no secret, and long hex digits are digests, versions and the ids of traces here.
NO_RULES = ("IPPublicDetector", "HexHighEntropyString")
TESTS = "tests/"
_NAMED_LIKE_A_SECRET = re.compile("|".join(DENYLIST), re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks like a secret; `digest` tells one line from another without showing it."""

    file: str
    digest: str
    line: int
    rule: str

    @property
    def key(self) -> str:
        """What stands for it in the list of what is harmless."""
        return f"{self.file} {self.digest}"


def findings_in(root: Path, names: Iterable[str]) -> list[Finding]:
    """Find what looks like a secret in files below a folder."""
    with default_settings() as settings:
        settings.disable_plugins(*NO_RULES)
        rules = list(get_plugins())
        candidates = [name for name in names if _may_hold_some(root, name, rules)]
        return sorted({found.key: found for name in candidates for found in _found_in(root, name)}.values())


def harmless(path: Path = HARMLESS) -> Mapping[str, str]:
    """Give what is no secret, with the reason.

    Raises:
        ValueError: a reason is missing.
    """
    listed = tomllib.loads(path.read_text()).get("harmless", [])
    for each in listed:
        if not str(each.get("reason", "")).strip():
            raise ValueError(f"{path.name}: expected a reason with {each.get('found')}; found none")
    return {key: each["reason"] for each in listed for key in each["found"]}


def _may_hold_some(root: Path, name: str, rules: Sequence[BasePlugin]) -> bool:
    content = (root / name).read_bytes()
    text = content.decode(errors="replace")
    return b"\0" not in content and any(_applies(rule, name, text) for rule in rules)


def _applies(rule: BasePlugin, name: str, text: str) -> bool:
    if isinstance(rule, KeywordDetector):
        return not name.startswith(TESTS) and _NAMED_LIKE_A_SECRET.search(text) is not None
    found = rule.analyze_string(text)
    if isinstance(rule, HighEntropyStringsPlugin):
        return any(rule.calculate_shannon_entropy(each) > rule.entropy_limit for each in set(found))
    return next(iter(found), None) is not None


def _found_in(root: Path, name: str) -> Iterator[Finding]:
    lines = (root / name).read_text(errors="replace").splitlines()
    for secret in scan_file(str(root / name)):
        if secret.type == KeywordDetector.secret_type and name.startswith(TESTS):
            continue
        # The whole line: of some kinds the library gives a part of the value, which others share.
        digest = sha256(lines[secret.line_number - 1].strip(" ,").encode()).hexdigest()[:16]
        yield Finding(name, digest, secret.line_number, secret.type)


def _tracked(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if (root / name).is_file() and name not in NOT_READ]


def main() -> int:
    """Say what was found; gives 1 if that is anything."""
    found, known = findings_in(ROOT, _tracked(ROOT)), harmless()
    new = [each for each in found if each.key not in known]
    gone = sorted(set(known) - {each.key for each in found})
    for each in new:
        print(
            f"{each.file}:{each.line}: looks like a secret ({each.rule}); if it is none: {HARMLESS.name}, '{each.key}'"
        )
    for key in gone:
        print(f"{HARMLESS.name}: '{key}' is not there any more")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
