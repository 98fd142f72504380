import pytest

from emulators.page.local import refusal


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8081", "127.0.0.1:8081", "[::1]:8081", "servicebus:8672", "a.localhost:1", "10.0.0.7"],
)
def test_an_address_or_a_local_name_may(host: str) -> None:
    assert refusal({"host": host}) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8081", "127.0.0.1.evil.example", "localhost.evil.example:1"]
)
def test_a_public_name_that_points_here_may_not(host: str) -> None:
    assert "for its own machine" in str(refusal({"host": host}))


def test_a_page_of_another_site_may_not_ask() -> None:
    asked = {"host": "localhost:1", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}

    assert "Another web site" in str(refusal(asked))


def test_a_link_on_another_site_may_lead_here() -> None:
    assert refusal({"host": "localhost:1", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}) is None


def test_a_form_of_another_site_may_not_be_sent_here() -> None:
    assert "evil.example" in str(refusal({"host": "localhost:1", "origin": "https://evil.example"}))


def test_a_request_of_the_page_itself_may() -> None:
    assert refusal({"host": "localhost:1", "origin": "http://localhost:1", "sec-fetch-site": "same-origin"}) is None
