import pytest

from tests.conformance.page import page_of, path_of
from tests.conformance.service import Service
from tests.conformance.services import SERVICES


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_page_of_a_service_is_the_one_that_its_cases_make(service: Service) -> None:
    assert path_of(service).read_text() == page_of(service), "write it anew: make conformance-page"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_two_cases_of_a_service_have_one_sentence_or_name(service: Service) -> None:
    cases = service.cases()

    assert len({case.sentence for case in cases}) == len(cases)
    assert len({str(case) for case in cases}) == len(cases)
