import re
from pathlib import Path

import pytest

from durable.testing import SagaEnvironment, load_history, save_history
from tests.docs.testing_sagas.trips import BOOK_HOTEL, Booking, Trip, book_trip

HERE = Path(__file__).parent / "testing_sagas"
PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "test-a-saga.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = ("trips", "test_trips", "test_golden", "test_faults")


@pytest.mark.parametrize("name", FILES)
def test_the_page_shows_the_files_that_are_run_beside_this_one(name: str) -> None:
    code = (HERE / f"{name}.py").read_text().replace("tests.docs.testing_sagas.trips", "trips")

    assert code in BLOCK.findall(PAGE)


def test_every_block_of_the_page_is_a_file() -> None:
    assert len(BLOCK.findall(PAGE)) == len(FILES)


def test_a_saved_history_is_what_the_page_replays(tmp_path: Path) -> None:
    env = SagaEnvironment(sagas=[book_trip], handlers={BOOK_HOTEL: lambda trip: Booking(code=trip.traveller)})
    run = env.start(book_trip, Trip(traveller="Ada", nights=1), instance_id="a")
    env.settle()

    save_history(run, tmp_path / "a.json")

    assert load_history(tmp_path / "a.json") == run.history
