import pytest

from odata_service.edm.temporal import (
    LAST_TICK,
    TICKS_PER_DAY,
    date_of_day_number,
    day_number,
    instant_of_ticks,
    ticks_of_instant,
    ticks_of_time,
    time_of_ticks,
)


def test_the_first_and_the_last_instant() -> None:
    assert ticks_of_instant("0001-01-01T00:00:00") == 0
    assert instant_of_ticks(LAST_TICK) == "9999-12-31T23:59:59.9999999"


@pytest.mark.parametrize("ticks", [-1, LAST_TICK + 1])
def test_an_instant_outside_the_years_is_refused(ticks: int) -> None:
    with pytest.raises(ValueError, match="outside the years"):
        instant_of_ticks(ticks)


def test_days_are_counted_from_the_first() -> None:
    assert day_number("0001-01-02") == 1
    assert date_of_day_number(day_number("2024-02-29") + 1) == "2024-03-01"
    with pytest.raises(ValueError, match="outside the years"):
        date_of_day_number(-1)


def test_times_of_day_are_ticks_since_midnight() -> None:
    assert ticks_of_time("23:59:59.9999999") == TICKS_PER_DAY - 1
    assert time_of_ticks(TICKS_PER_DAY - 1) == "23:59:59.9999999"
