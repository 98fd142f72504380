from collections.abc import Iterable
from itertools import accumulate

from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, HistoryEvent


def most_in_flight(history: Iterable[HistoryEvent]) -> int:
    """Tell how many activities a history has open at its busiest."""
    changes = (
        (type(event) is ActivityScheduled) - (type(event) in (ActivityCompleted, ActivityFailed)) for event in history
    )
    return max(accumulate(changes))
