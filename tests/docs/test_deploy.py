import json
import re
from pathlib import Path

from infra_check.checks import CHECKS
from infra_check.checks.rights import RECEIVE, SEND, needed
from infra_check.situations import services

ROOT = Path(__file__).parents[2]
DEPLOY = (ROOT / "docs/how-to/deploy.md").read_text()
SCALING = (ROOT / "docs/operations/scaling.md").read_text()
PROFILES = {
    name: json.loads((ROOT / f"infra/bicep/profiles/{name}.json").read_text()) for name in ("dev", "production")
}


def cells(page: str, first: str) -> list[str]:
    row = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def entities(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_parameter_of_azd_stands_in_the_page_and_no_other() -> None:
    named = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "infra/bicep/main.parameters.json").read_text()))
    told = {name for line in DEPLOY.splitlines() for name in re.findall(r"^\| `([A-Z_]+)` \|", line)}

    assert told == {name for name in named if not name.startswith(("AZURE_", "SERVICE_"))}


def test_the_page_names_every_check() -> None:
    told = DEPLOY.split("## What was verified")[1]

    assert [name for name in CHECKS if not re.search(rf"^\| [a-z, ]*\b{name}\b", told, re.MULTILINE)] == []


def test_the_page_says_of_each_service_where_it_sends_and_receives() -> None:
    workers = [f"commands.{name}" for name in services(ROOT)[2:]]
    for service in ("ingestor", "orchestrator", "http"):
        _, sends, receives, _ = cells(DEPLOY, service if service != "http" else "worker")
        for role, told in ((SEND, sends), (RECEIVE, receives)):
            found = {entity.split(" ")[1] for held, entity in needed(ROOT, ())[service] if held == role}
            meant = {
                each.replace("<worker>", service)
                for name in entities(told)
                for each in (workers if name == "commands.*" else [name])
            }
            assert meant == found, (service, role)


def test_the_pages_say_how_many_replicas_a_profile_allows() -> None:
    for part, rule in (("ingestor", "ingestor"), ("orchestrator", "orchestrator"), ("workers", "worker")):
        dev, production = (PROFILES[name][part] for name in ("dev", "production"))
        _, _, _, least, most = cells(SCALING, rule)

        assert re.findall(r"\d+", least) == list(
            dict.fromkeys([str(dev["replicasMin"]), str(production["replicasMin"])])
        )
        assert re.findall(r"\d+", most)[:2] == [str(dev["replicasMax"]), str(production["replicasMax"])]


def test_the_page_says_what_a_profile_is() -> None:
    told = [
        cells(DEPLOY, "partitions"),
        cells(DEPLOY, "replicas of the orchestrator"),
        cells(DEPLOY, "replicas of each worker"),
    ]

    for column, name in ((1, "dev"), (2, "production")):
        profile = PROFILES[name]
        assert [row[column] for row in told] == [
            str(profile["partitions"]),
            f"{profile['orchestrator']['replicasMin']} to {profile['orchestrator']['replicasMax']}",
            f"{profile['workers']['replicasMin']} to {profile['workers']['replicasMax']}",
        ]
