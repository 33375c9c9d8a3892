"""Jobs and the clock: what becomes of them depends on seconds that have gone by, and not on what the clock shows."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, KeptAnswer, State, open_store
from odata_service.storage.jobs import Jobs
from tests.migrating import place
from tests.models import customer_schema
from tests.servers import FAMILIES

ANSWER = KeptAnswer(200, {})


class Clock:
    """Seconds that go on as they are told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(params=FAMILIES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseStore]:
    with place(request.param, tmp_path_factory.mktemp("jobs")) as url:
        made = open_store(url, customer_schema(), Settings(track_changes=False))
        made.create()
        yield made
        made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def add(store: DatabaseStore, clock: Clock) -> Callable[..., tuple[Jobs, str]]:
    """Adds a job that runs, by another run of the service if it is said so."""
    numbers = count()

    def added(*, elsewhere: bool = False, seconds: int = 60) -> tuple[Jobs, str]:
        jobs, name = Jobs(store, clock), f"job {next(numbers)}"
        assert jobs.add(name, "me", State.WAITING, seconds=seconds, most=0)
        assert jobs.start(name, State.READING)
        if elsewhere:
            quoted = store.mapping.family.dialect.quoted
            with store.transaction():
                statement = f"UPDATE {quoted('odata-jobs')} SET {quoted('run')} = 'another'"
                store.connection().execute(statement)
        return jobs, name

    return added


def is_lost(jobs: Jobs, name: str) -> bool:
    job = jobs.find(name)
    assert job is not None
    return job.is_lost


Add = Callable[..., tuple[Jobs, str]]


def test_an_answer_is_kept_for_its_seconds(add: Add, clock: Clock) -> None:
    jobs, name = add()
    jobs.finish(name, ANSWER, b"x", seconds=60)
    clock.seconds += 59
    job = jobs.find(name)
    assert job is not None
    assert (job.answer, jobs.body(name)) == (ANSWER, b"x")
    clock.seconds += 2
    assert jobs.find(name) is None
    assert jobs.add("another", "me", State.WAITING, seconds=60, most=1), "what is over counts no longer"


def test_a_job_of_another_run_is_lost_where_nobody_counts_on(add: Add, clock: Clock) -> None:
    jobs, name = add(elsewhere=True)
    assert not is_lost(jobs, name), "it has just been seen for the first time"
    clock.seconds += 29
    assert not is_lost(jobs, name)
    clock.seconds += 2
    assert is_lost(jobs, name)
    jobs.beat([name])
    assert not is_lost(jobs, name)


def test_a_job_of_this_run_may_be_silent_for_longer(add: Add, clock: Clock) -> None:
    jobs, name = add()
    assert not is_lost(jobs, name)
    clock.seconds += 599
    assert not is_lost(jobs, name)
    clock.seconds += 2
    assert is_lost(jobs, name)


def test_a_job_that_goes_on_is_not_forgotten(add: Add, clock: Clock) -> None:
    jobs, name = add(seconds=60)
    for _ in range(3):
        clock.seconds += 3_000
        jobs.beat([name])
        add()
    assert jobs.find(name) is not None
    clock.seconds += 3_601
    add()
    assert jobs.find(name) is None


def test_only_so_many_jobs_are_watched(add: Add, clock: Clock) -> None:
    jobs, name = add(elsewhere=True)
    silence = jobs._silence
    assert silence.seconds(name, 0) == 0
    clock.seconds += 40
    assert silence.seconds(name, 0) == 40
    for number in range(1_000):
        silence.seconds(f"another {number}", 0)
    assert silence.seconds(name, 0) == 0
