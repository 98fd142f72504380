from datetime import timedelta

from durable import Failure, RetryPolicy, Timeouts


class CardDeclined(Exception): ...


def is_transient(failure: Failure) -> bool:
    return not failure.matches("CardDeclined")


RetryPolicy()
RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), backoff=2, max_delay=timedelta(minutes=1), jitter="none")
RetryPolicy(total=timedelta(hours=1), non_retryable=(CardDeclined, "shop.Closed"), retry_if=is_transient)
RetryPolicy(retry_if=lambda failure: failure.retryable)
Timeouts(
    schedule_to_start=timedelta(seconds=1),
    start_to_close=timedelta(seconds=1),
    schedule_to_close=timedelta(seconds=1),
    heartbeat=timedelta(seconds=1),
)
