import pytest

from emulators.telemetry.insights.moments import read_duration, read_time


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.00:00:00.250", 250_000),
        ("00:00:02.6802651", 2_680_265),
        ("1.02:03:04", 93_784_000_000),
        ("00:00:00.0000001", 0),
    ],
)
def test_a_duration_is_read_in_microseconds(text: str, found: int) -> None:
    assert read_duration(text) == found


@pytest.mark.parametrize("text", ["", "5", "1:2", "-1.00:00:00.000", "00:00:00,5", "999999.00:00:00"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration as"):
        read_duration(text)


def test_times_are_read_in_any_zone_and_without_one_in_utc() -> None:
    assert read_time("1970-01-01T00:00:01.000002Z") == 1_000_002
    assert read_time("1970-01-01T01:00:00+01:00") == 0
    assert read_time("1970-01-01T00:00:01") == 1_000_000
