from datetime import timedelta

from durable import Activity, Failure, RetryPolicy, Timeouts, Tolerance


def spells(failure: Failure) -> str:
    return failure.message


RetryPolicy(max_attempts="3")  # error: arg-type
RetryPolicy(attempts=3)  # error: call-arg
RetryPolicy(first_delay=1)  # error: arg-type
RetryPolicy(jitter="half")  # error: arg-type
RetryPolicy(non_retryable=ValueError)  # error: arg-type
RetryPolicy(non_retryable=(ValueError("x"),))  # error: arg-type
RetryPolicy(retry_if=spells)  # error: arg-type
RetryPolicy(retry_if=lambda: True)  # error: arg-type, misc
RetryPolicy().max_attempts = 3  # error: misc
Timeouts(start_to_close=60)  # error: arg-type
Timeouts(timedelta(seconds=1), hartbeat=timedelta(seconds=1))  # error: call-arg
Tolerance(count="3")  # error: arg-type
Activity("shop.x", int)  # error: call-arg
Activity("shop.x", int, 3)  # error: arg-type
Activity("shop.x", int, str, on_redelivery="skip")  # error: arg-type
