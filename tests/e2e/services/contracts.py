"""What the sagas and the workers of these tests agree on.

The same activities exist for several workers, since a worker that is to die must not take what is another test's.
"""

from pydantic import BaseModel

from durable import Activity

STEPS = "steps"
WORKERS = (STEPS, "dies-unsent", "dies-unsettled")
TOO_MUCH = 300_000


class Work(BaseModel):
    """A number to start with, and who does the work."""

    value: int
    worker: str = STEPS


class Number(BaseModel):
    value: int


class Much(BaseModel):
    text: str


class Steps:
    """The activities of one worker."""

    def __init__(self, worker: str) -> None:
        self.add_one = Activity(f"{worker}.add-one", Number, Number)
        self.fail = Activity(f"{worker}.fail", Number, Number)
        self.flaky = Activity(f"{worker}.flaky", Number, Number)
        self.undo = Activity(f"{worker}.undo", Number, Number)
        self.say_much = Activity(f"{worker}.say-much", Number, Much)
        self.unheard_of = Activity(f"{worker}.unheard-of", Number, Number)


NOWHERE = Activity("nowhere.at-all", Number, Number)
