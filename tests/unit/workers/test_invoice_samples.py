from typing import Any

import pytest
from pydantic import ValidationError

from contracts.invoices import Invoice, reasons_of
from documents_worker.markdown import markdown_of
from language_worker.invoices import read_invoice
from language_worker.providers.embedded_invoices.fields import invoice_json_of
from samples.generate_invoices import SAMPLES, expected
from tests.support.invoice_samples import BAD, EXPECTED, GOOD, invoice_sample


def extracted(entry: dict[str, Any]) -> Invoice:
    markdown = markdown_of(invoice_sample(entry["file"]), entry["media_type"])
    return read_invoice(invoice_json_of({"document": markdown}))


@pytest.mark.parametrize("entry", GOOD, ids=lambda entry: entry["file"])
def test_the_invoice_of_a_sample_is_read_by_rules(entry: dict[str, Any]) -> None:
    assert extracted(entry) == Invoice.model_validate(entry["invoice"])


@pytest.mark.parametrize("entry", BAD, ids=lambda entry: entry["file"])
def test_a_sample_that_is_no_valid_invoice_is_refused_with_every_reason(entry: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="expected a valid invoice") as caught:
        extracted(entry)

    assert getattr(caught.value, "reasons", None) == entry["reasons"]


def test_there_are_six_layouts_and_five_languages() -> None:
    assert len({sample.layout for sample in SAMPLES.values()}) == 6
    assert len({sample.words.invoice for sample in SAMPLES.values()}) == 5


@pytest.mark.parametrize("name", SAMPLES)
def test_the_files_are_what_the_generator_makes(name: str) -> None:
    assert SAMPLES[name].content() == invoice_sample(name)


def test_what_is_expected_is_what_the_generator_says() -> None:
    assert expected() == invoice_sample("expected.json")
    assert {entry["file"] for entry in EXPECTED} == set(SAMPLES)


def test_what_is_expected_of_good_samples_adds_up() -> None:
    for entry in GOOD:
        try:
            Invoice.model_validate(entry["invoice"])
        except ValidationError as error:
            pytest.fail(f"{entry['file']}: {reasons_of(error)}")
