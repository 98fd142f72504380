import socket
from pathlib import Path

import pytest

from stack import FixedPorts, FreePorts, PortInUse, running_stack
from stack.ports import FIXED_NUMBERS
from tests.support.tiny_stack import Tiny, tiny_services


def test_free_ports_of_two_stacks_never_meet_though_nothing_listens() -> None:
    first, second = FreePorts(), FreePorts()
    try:
        assert not {first[str(n)] for n in range(50)} & {second[str(n)] for n in range(50)}
    finally:
        first.release()
        second.release()


def test_a_name_keeps_its_free_port() -> None:
    ports = FreePorts()
    try:
        assert ports["ingestor"] == ports["ingestor"] != ports["cosmos"]
    finally:
        ports.release()


def test_a_fixed_port_that_another_program_has_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        monkeypatch.setitem(FIXED_NUMBERS, "ingestor", port)

        with pytest.raises(PortInUse, match=f"port {port} is needed for ingestor"):
            FixedPorts()["ingestor"]


async def test_two_stacks_run_side_by_side(tmp_path: Path) -> None:
    services = tiny_services(Tiny("cat"))

    async with (
        running_stack(tmp_path / "a", services=services) as first,
        running_stack(tmp_path / "b", services=services) as second,
    ):
        assert first.urls["cat"] != second.urls["cat"]
