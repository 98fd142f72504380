import re
from pathlib import Path

import orjson
import pytest

from durable.costs import read_cost
from tests.docs.costs.price import Prices, price_of

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "see-what-a-run-costs.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_shows_the_code_that_is_tested() -> None:
    assert block("python") == (HERE / "costs" / "price.py").read_text()


def test_the_example_is_priced_as_the_page_says() -> None:
    cost = read_cost(orjson.loads(block("json")))
    assert cost is not None

    assert price_of(cost, Prices(1e6, 0, 0), vcpus=1, at_once=4) == pytest.approx(44.23)
    assert price_of(cost, Prices(0, 1e6, 0), vcpus=1, at_once=4) == pytest.approx(33)
    assert price_of(cost, Prices(0, 0, 1), vcpus=1, at_once=4) == pytest.approx(1.29, abs=0.01)
