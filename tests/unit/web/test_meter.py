import os
from time import monotonic

import pytest

from odata_service.storage.driver import Tally
from odata_service.web.meter import BOUNDS, Counted, Meter, Now


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "service"),
        ("", "service"),
        ("/Customers", "resource"),
        ("/Customers('a')/orders", "resource"),
        ("/Customers/$count", "count"),
        ("/$metadata", "metadata"),
        ("/$batch", "batch"),
        ("/-/health", "other"),
        ("/v2/Customers", "v2"),
        ("/v2/$metadata", "metadata"),
    ],
)
def test_requests_are_told_apart_by_what_they_are_for(path: str, kind: str) -> None:
    meter = Meter(Tally())
    meter.began()
    meter.ended("GET", path, 200, 0.1)
    assert list(meter.counted()) == [Counted("GET", kind, 200, 1)]


def test_where_v2_is_not_served_nothing_is_of_its_kind() -> None:
    meter = Meter(Tally(), v2_path="")
    meter.ended("GET", "/v2/Customers", 404, 0.1)
    assert list(meter.counted()) == [Counted("GET", "resource", 404, 1)]


def test_unusual_methods_and_statuses_are_counted_together() -> None:
    meter = Meter(Tally())
    for method, status in (("BREW", 418), ("MERGE", 299)):
        meter.ended(method, "/Customers", status, 0.1)
    assert list(meter.counted()) == [Counted("other", "resource", 0, 2)]


def test_durations_are_in_the_class_of_the_bound_that_they_do_not_exceed() -> None:
    meter = Meter(Tally())
    for seconds in (0.0005, 0.001, 0.002, 60.0):
        meter.ended("GET", "/Customers", 200, seconds)
    [found] = meter.durations()
    assert found.classes == (2, 1, *(0 for _ in BOUNDS[2:]), 1)
    assert found.seconds == pytest.approx(60.0035)


def test_a_process_sees_what_all_workers_have_counted() -> None:
    tally = Tally(rows=5)
    meter = Meter(tally, 2)
    meter.began(3)
    child = os.fork()
    if not child:
        meter.open(1)
        meter.began(1)
        meter.began(2)
        tally.rows, tally.failures = 9, 1
        meter.ended("POST", "/Customers", 201, 0.1, 1)
        os._exit(0)
    os.waitpid(child, 0)
    assert list(meter.counted()) == [Counted("POST", "resource", 201, 1)]
    assert meter.now() == Now(workers=2, in_flight=2, waiting=4, rows=4, failures=1, lost=0, spooled=0)


def test_who_takes_the_place_of_a_worker_goes_on_with_its_counters_and_has_no_requests() -> None:
    meter = Meter(Tally())
    meter.began(1)
    meter.ended("GET", "/Customers", 200, 0.1, 1)
    meter.began(1)
    meter.open(0)
    assert list(meter.counted()) == [Counted("GET", "resource", 200, 1)]
    assert meter.now() == Now(workers=1, in_flight=0, waiting=0, rows=0, failures=0, lost=0, spooled=0)


def test_a_worker_that_is_gone_has_neither_requests_nor_a_beat() -> None:
    meter = Meter(Tally(), 2)
    meter.began(1)
    assert meter.beat_of(0) == 0
    before = monotonic()
    meter.beat()
    assert before <= meter.beat_of(0) <= monotonic()
    meter.leave(0)
    assert meter.beat_of(0) == 0
    assert meter.now() == Now(workers=0, in_flight=0, waiting=0, rows=0, failures=0, lost=0, spooled=0)


def test_the_meter_of_a_service_that_takes_the_place_of_another_goes_on_with_its_numbers() -> None:
    before = Meter(Tally(), 2)
    before.ended("GET", "/Customers", 200, 0.1)
    meter = Meter(Tally(rows=5), v2_path="/old", before=before)
    meter.open(1)
    meter.ended("GET", "/Customers", 200, 0.1)
    meter.ended("GET", "/old/Customers", 200, 0.1)
    assert [counted.times for counted in meter.counted()] == [2, 1]
    assert meter.now().workers == 2


def test_who_looks_after_workers_counts_beside_them() -> None:
    meter = Meter(Tally(), 1)
    meter.stand_beside()
    meter.lose(3)
    assert meter.now() == Now(workers=0, in_flight=0, waiting=0, rows=0, failures=0, lost=3, spooled=0)
    meter.open(0)
    meter.lose(1)
    assert meter.now().lost == 4
