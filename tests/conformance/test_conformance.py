import os

import pytest

from tests.conformance.cases import Case
from tests.conformance.performing import Outcome
from tests.conformance.service import Service
from tests.conformance.services import SERVICES

# The first case of a service waits for all of them.
pytestmark = pytest.mark.timeout(int(os.environ.get("CONFORMANCE_TIMEOUT", "900")))


@pytest.mark.parametrize(
    ("service", "case"),
    [pytest.param(service, case, id=f"{service.name}-{case}") for service in SERVICES for case in service.cases()],
)
def test_the_service_behaves_as_documented(
    request: pytest.FixtureRequest, service: Service, case: Case, outcome: Outcome
) -> None:
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    if case.differs and service.connection_string is None:
        request.applymarker(pytest.mark.xfail(strict=True, reason=case.differs))
    if outcome.failure is not None:
        raise outcome.failure
