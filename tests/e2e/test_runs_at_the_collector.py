import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stack import running_stack
from stack.demo.web import upload
from stack.local import COLLECTOR, traced_services
from tests.support.samples import FILES
from tests.support.telemetry_posts import look

PATIENCE_SECONDS = 60


async def test_a_run_in_the_stack_of_make_up_is_one_transaction_at_its_collector(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=traced_services) as stack:
        sent = await upload(stack.urls["ingestor"], "POST", FILES / "harbours.html", "text/html")
        assert sent.status < 300

        run = await ended_run(stack.urls[COLLECTOR], "document-to-markdown")
        drawn = await asyncio.to_thread(look, f"{stack.urls[COLLECTOR]}/api/map?trace={run['trace_id']}")

    assert {"durable.ingestor", "durable.orchestrator", "durable.documents"} <= {each["role"] for each in run["roles"]}
    assert (run["has_root"], run["missing"], run["orphans"], run["duplicates"]) == (True, 0, 0, 0)
    queues = {node["name"].rpartition("/")[2] for node in drawn["nodes"] if node["kind"] == "queue"}
    assert {"events", "instances", "commands.documents"} <= queues


async def ended_run(url: str, saga: str) -> Any:
    """The only run of a saga, once all of it has come."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        answer = await asyncio.to_thread(look, f"{url}/api/transactions?only=runs&find={quote(saga)}")
        for found in answer["transactions"]:
            run = await asyncio.to_thread(look, f"{url}/api/transactions/{found['trace_id']}")
            if run["has_root"] and not run["missing"] and any(row["kind"] == "consumer" for row in run["rows"]):
                assert len(answer["transactions"]) == 1
                return run
        await asyncio.sleep(0.1)
    raise AssertionError(f"No run of {saga} has come whole within {PATIENCE_SECONDS} s: {answer}")
