from datetime import timedelta

from durable.adapters.memory import ManualClock

SECOND = timedelta(seconds=1)


def test_a_manual_clock_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock()
    start = clock.now()

    clock.advance(SECOND * 5)

    assert clock.now() - start == SECOND * 5


def test_alarms_ring_in_order_each_at_its_own_moment() -> None:
    clock = ManualClock()
    start = clock.now()
    rung: list[tuple[str, timedelta]] = []
    for name, delay in (("later", 3), ("first", 1), ("second", 1), ("never", 9)):
        clock.call_at(start + SECOND * delay, lambda name=name: rung.append((name, clock.now() - start)))  # type: ignore[misc]

    clock.advance(SECOND * 5)

    assert rung == [("first", SECOND), ("second", SECOND), ("later", SECOND * 3)]


def test_an_alarm_set_by_an_alarm_rings_in_the_same_advance() -> None:
    clock = ManualClock()
    rung: list[str] = []
    again = clock.now() + SECOND * 2
    clock.call_at(clock.now() + SECOND, lambda: void(clock.call_at(again, lambda: rung.append("again"))))

    clock.advance(SECOND * 2)

    assert rung == ["again"]


def test_a_cancelled_alarm_does_not_ring() -> None:
    clock = ManualClock()
    rung: list[str] = []
    alarm = clock.call_at(clock.now() + SECOND, lambda: rung.append("alarm"))

    alarm.cancel()
    clock.advance(SECOND * 2)

    assert rung == []


def void(_: object) -> None:
    """Drop a result."""
