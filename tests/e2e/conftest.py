from collections.abc import Generator

import pytest

from tests.support.e2e_world import World

LINES_SHOWN = 30


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last lines of each service's log with a failure."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for world in item.funcargs.values():
            if isinstance(world, World):
                report.sections += [(f"log of {name}", text) for name, text in last_lines(world).items()]
    return report


def last_lines(world: World) -> dict[str, str]:
    logs = {name: world.stack.log(name).read_text(errors="replace") for name in world.stack.processes}
    return {name: "\n".join(text.splitlines()[-LINES_SHOWN:]) for name, text in logs.items()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests measured."""
    measured = [pair for report in terminalreporter.stats.get("passed", ()) for pair in report.user_properties]
    if measured:
        terminalreporter.section("measured")
        for what, figure in measured:
            terminalreporter.line(f"{what}: {figure}")
