"""The shipped services at work: what they have links to is what a deployment gives their identities roles on."""

import asyncio
import io
import json
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra_check.checks.rights import RECEIVE, SEND, needed
from stack import HttpReady, Stack
from stack.demo import read_samples, run_samples

ROOT = Path(__file__).resolve().parents[2]
TOPICS = frozenset({"events", "lifecycle"})
BETWEEN_LOOKS = 0.2
# Queue `control` is for activities of more than a second and for calling them off, of which the samples have few.
SELDOM = frozenset({(SEND, "queue control"), (RECEIVE, "queue control")})
# No shipped saga calls the HTTP worker.
NEVER = {"http": {(SEND, "queue instances")}, "orchestrator": {(SEND, "queue commands.http")}}
Rights = frozenset[tuple[str, str]]


@pytest.mark.timeout(300)
async def test_each_service_opens_links_to_what_it_has_a_role_on_and_to_all_of_that(tmp_path: Path) -> None:
    stack = Stack(tmp_path)

    async with observed(stack) as seen:
        as_expected = await run_samples(stack, read_samples(ROOT / "samples"), tmp_path, Console(file=io.StringIO()))

    assert as_expected
    allowed = {service: of_the_bus(rights) for service, rights in needed(ROOT, ()).items()}
    assert {service: rights - allowed[service] for service, rights in seen.items() if rights - allowed[service]} == {}
    unseen = {
        service: rights - seen[service] - SELDOM - NEVER.get(service, set()) for service, rights in allowed.items()
    }
    assert {service: rights for service, rights in unseen.items() if rights} == {}


def of_the_bus(rights: Rights) -> Rights:
    return frozenset(right for right in rights if right[0] in {SEND, RECEIVE})


@asynccontextmanager
async def observed(stack: Stack) -> AsyncIterator[defaultdict[str, set[tuple[str, str]]]]:
    seen: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    async def watch() -> None:
        while True:
            if stack.pids:
                with suppress(OSError):
                    await asyncio.to_thread(look, stack, seen)
            await asyncio.sleep(BETWEEN_LOOKS)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def look(stack: Stack, seen: defaultdict[str, set[tuple[str, str]]]) -> None:
    ready = stack.processes["servicebus"].ready
    assert isinstance(ready, HttpReady)
    with urllib.request.urlopen(f"http://127.0.0.1:{ready.port}/_page/overview", timeout=5) as answer:
        connections = json.load(answer)["connections"]
    owners = owners_of_ports(stack.pids)
    for connection in connections["some"]:
        owner = owners.get(int(connection["address"].rpartition(":")[2]))
        if owner is not None:
            service = owner.removeprefix("worker-").removesuffix("-1").removesuffix("-2")
            seen[service] |= {right for link in connection["links"] for right in rights_of(link)}


def rights_of(link: Mapping[str, Any]) -> Rights:
    path, *rest = link["entity"].split("/")
    if path.startswith("$"):
        return frozenset()
    if rest[:1] == ["Subscriptions"]:
        return frozenset({(RECEIVE, f"subscription {path}/{rest[1]}")})
    # Who receives from a queue also asks about it, and that link has two directions.
    role = RECEIVE if link["role"] == "receives from" or rest else SEND
    return frozenset({(role, f"topic {path}" if path in TOPICS else f"queue {path}")})


def owners_of_ports(pids: Mapping[str, int]) -> Mapping[int, str]:
    sockets: dict[str, str] = {}
    for name, pid in pids.items():
        with suppress(OSError):
            sockets |= {link.readlink().name: name for link in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    owned = {int(row[1].rpartition(":")[2], 16): sockets.get(f"socket:[{row[9]}]") for row in rows}
    return {port: owner for port, owner in owned.items() if owner is not None}
