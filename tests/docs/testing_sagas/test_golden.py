from pathlib import Path

from durable.testing import load_history, replay
from tests.docs.testing_sagas.trips import book_trip


def test_instances_that_run_fit_the_code_of_today() -> None:
    for file in Path(__file__).parent.glob("histories/*.json"):
        replay([book_trip], load_history(file))
