import asyncio
from collections.abc import Sequence

import pytest

from tests.conformance.cases import Case
from tests.conformance.performing import Outcome, perform
from tests.conformance.service import Service
from tests.conformance.services import SERVICES
from tests.conformance.table import table
from tests.support.hurried_sdk import hurry_sdk

# Cases stand in modules of their own; a failing comparison in one shall show both sides.
pytest.register_assert_rewrite(*(service.cases_in for service in SERVICES))

Played = dict[Service, dict[Case, Outcome]]
_PLAYED = pytest.StashKey[Played]()


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Played:
    """Outcomes of the cases played so far, service by service."""
    return request.config.stash.setdefault(_PLAYED, {})


@pytest.fixture
def outcome(request: pytest.FixtureRequest, played: Played, service: Service, case: Case) -> Outcome:
    """How the case ended; the first case of a service plays all that are selected."""
    if service not in played:
        selected = selected_cases(request.session.items, service)
        with pytest.MonkeyPatch.context() as patch:
            if service.connection_string is None:
                hurry_sdk(patch)
            played[service] = asyncio.run(perform(service, selected))
    return played[service][case]


def selected_cases(items: Sequence[pytest.Item], service: Service) -> list[Case]:
    """The cases of a service among the tests of this run."""
    params = [getattr(getattr(item, "callspec", None), "params", {}) for item in items]
    return [each["case"] for each in params if "case" in each and each.get("service") is service]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """A table of areas, when nothing but this suite was asked for."""
    played = config.stash.get(_PLAYED, {})
    if not played or not all("tests/conformance" in argument for argument in config.args):
        return
    for service, outcomes in played.items():
        terminalreporter.section(f"{service.title}: {(service.connection_string and 'real') or 'local endpoint'}")
        for line in table(outcomes, local=service.connection_string is None):
            terminalreporter.write_line(line)
