import json
import re
import sys
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from durable.client import SagaClient
from stack import HttpReady, Ports, Process, running_stack
from stack.local import local_endpoints, service_settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "how-to" / "write-a-saga.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["contracts", "sagas", "worker"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    code = (HERE / "greetings" / f"{name}.py").read_text().replace("tests.docs.greetings", "greetings")

    assert code in BLOCK.findall(PAGE)


def services(folder: Path, ports: Ports) -> tuple[Process, ...]:
    topology = json.loads((files("contracts") / "topology.json").read_text())
    queues = topology["UserConfig"]["Namespaces"][0]["Queues"]
    queues.append({**queues[1], "Name": "commands.greetings"})
    path = folder / "my-topology.json"
    path.write_text(json.dumps(topology))
    endpoints = local_endpoints(folder, ports, path)
    settings = {
        **service_settings(folder, ports),
        "TOPOLOGY_FILE": str(path),
        "SAGA_MODULES": "tests.docs.greetings.sagas",
        "PYTHONPATH": str(ROOT),
    }
    needs = tuple(endpoint.name for endpoint in endpoints)
    modules = {"orchestrator": "orchestrator", "worker": "tests.docs.greetings.worker"}
    return (
        *endpoints,
        *(
            Process(
                name,
                (sys.executable, "-m", module),
                HttpReady(ports[name]),
                f"http://127.0.0.1:{ports[name]}",
                {**settings, "PORT": str(ports[name])},
                needs,
            )
            for name, module in modules.items()
        ),
    )


async def test_the_saga_of_the_page_runs_on_a_stack_of_its_own(tmp_path: Path) -> None:
    async with (
        running_stack(tmp_path, services=services) as stack,
        SagaClient(stack.urls["orchestrator"]) as client,
    ):
        instance_id = await client.start("welcome", {"name": "Ada"})
        result = await client.result(instance_id, timeout=timedelta(seconds=30))

    assert result == {"text": "Hello, Ada! Hello, Ada, once more!"}
