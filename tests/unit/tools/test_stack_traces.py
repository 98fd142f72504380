from pathlib import Path

from stack.local import COLLECTOR, ENDPOINTS, SERVICES, local_services, traced_services
from stack.ports import FIXED_NUMBERS
from stack.process import Process
from stack.stack import waves


class NumberedPorts:
    def __getitem__(self, name: str) -> int:
        return FIXED_NUMBERS[name]

    def release(self) -> None:
        """Nothing is reserved."""


def by_name(processes: tuple[Process, ...]) -> dict[str, Process]:
    return {process.name: process for process in processes}


def test_a_traced_stack_is_the_local_one_and_a_collector_that_all_services_send_to(tmp_path: Path) -> None:
    plain, traced = (
        by_name(local_services(tmp_path, NumberedPorts())),
        by_name(traced_services(tmp_path, NumberedPorts())),
    )

    assert set(traced) == {*plain, COLLECTOR}
    assert [traced[name] for name in ENDPOINTS] == [plain[name] for name in ENDPOINTS]
    for name in SERVICES:
        told = dict(traced[name].env.items() - plain[name].env.items())
        assert told == {"OTEL_EXPORTER_OTLP_ENDPOINT": traced[COLLECTOR].url}


def test_services_start_once_the_collector_takes_their_spans_and_end_before_it(tmp_path: Path) -> None:
    processes = by_name(traced_services(tmp_path, NumberedPorts()))
    first, *later = waves(processes)

    assert all(COLLECTOR in processes[name].depends_on for name in SERVICES)
    assert set(first) == {*ENDPOINTS, COLLECTOR}
    assert {name for wave in later for name in wave} == set(SERVICES)
