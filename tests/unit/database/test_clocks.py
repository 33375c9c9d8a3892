import pytest

from odata_service.database.clocks import Clock, UnknownTimezone, clock_of


def clock(name: str) -> Clock:
    found = clock_of(name)
    assert found is not None, "this zone is not UTC"
    return found


@pytest.mark.parametrize(
    ("shown", "instant"),
    [
        pytest.param("2024-01-15T12:00:00", "2024-01-15T17:00:00", id="winter"),
        pytest.param("2024-07-15T12:00:00.1234567", "2024-07-15T16:00:00.1234567", id="summer"),
        pytest.param("2024-11-03T00:59:59", "2024-11-03T04:59:59", id="before the hour that comes twice"),
        pytest.param("2024-11-03T01:30:00", "2024-11-03T06:30:00", id="in the hour that comes twice"),
        pytest.param("2024-03-10T02:30:00", "2024-03-10T07:30:00", id="in the hour that is skipped"),
        pytest.param("1700-01-01T00:00:00", "1700-01-01T04:56:02", id="long before"),
        pytest.param("2200-07-01T00:00:00", "2200-07-01T05:00:00", id="long behind"),
        pytest.param("0001-01-01T00:00:00", "0001-01-01T00:00:00", id="first day"),
        pytest.param("9999-12-31T23:59:59", "9999-12-31T23:59:59", id="last day"),
    ],
)
def test_a_local_time_is_an_instant(shown: str, instant: str) -> None:
    assert clock("America/New_York").instant(shown) == instant


def test_an_instant_is_shown_as_a_local_time() -> None:
    assert clock("Asia/Kolkata").shown("2024-07-15T20:00:00.5") == "2024-07-16T01:30:00.5"


def test_the_first_and_the_second_hour_that_a_clock_shows_twice_are_shown_alike() -> None:
    berlin = clock("Europe/Berlin")
    assert berlin.shown("2024-10-27T00:30:00") == berlin.shown("2024-10-27T01:30:00") == "2024-10-27T02:30:00"


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "GMT"])
def test_utc_needs_no_clock(name: str) -> None:
    assert clock_of(name) is None


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/berln", "Did you mean 'Europe/Berlin'"),
        ("", "Write an IANA name"),
        ("../etc/passwd", "Write an IANA name"),
        ("+02:00", "Write an IANA name"),
    ],
)
def test_a_name_that_is_no_zone_is_refused(name: str, hint: str) -> None:
    with pytest.raises(UnknownTimezone, match=hint):
        clock_of(name)
