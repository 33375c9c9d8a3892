from collections.abc import Callable
from threading import Event, Thread

from odata_service.web.turns import Turns


class Work:
    """Notes what is done, and waits where it is told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.refused: list[str] = []
        self.begun, self.may_end = Event(), Event()

    def __call__(self, job: str) -> None:
        if job == "long":
            self.begun.set()
            assert self.may_end.wait(10)
        self.done.append(job)

    def turns(self, most: int) -> Turns[str]:
        return Turns(self, self.refused.append, most)


def in_a_thread(work: Callable[[], None]) -> Thread:
    thread = Thread(target=work)
    thread.start()
    return thread


def test_a_job_that_finds_nobody_at_work_is_done_at_once() -> None:
    work = Work()
    work.turns(1).take("a")
    assert work.done == ["a"]


def test_what_comes_meanwhile_is_left_with_the_thread_at_work_and_done_in_its_order() -> None:
    work = Work()
    turns = work.turns(2)
    thread = in_a_thread(lambda: turns.take("long"))
    assert work.begun.wait(10)
    turns.take("a")
    turns.take("b")
    assert (work.done, turns.waiting) == ([], 2)
    work.may_end.set()
    thread.join()
    assert (work.done, turns.waiting) == (["long", "a", "b"], 0)


def test_what_would_make_the_line_too_long_is_refused_at_once() -> None:
    work = Work()
    turns = work.turns(1)
    thread = in_a_thread(lambda: turns.take("long"))
    assert work.begun.wait(10)
    for job in ("a", "b", "c"):
        turns.take(job)
    assert work.refused == ["b", "c"]
    work.may_end.set()
    thread.join()
    turns.take("d")
    assert work.done == ["long", "a", "d"]


def test_a_line_without_a_bound_takes_all() -> None:
    work = Work()
    turns = work.turns(0)
    thread = in_a_thread(lambda: turns.take("long"))
    assert work.begun.wait(10)
    for number in range(1_000):
        turns.take(str(number))
    work.may_end.set()
    thread.join()
    assert (len(work.done), work.refused) == (1_001, [])


def test_who_rests_gets_up_when_the_other_has_its_hands_full() -> None:
    work = Work()
    turns = work.turns(1)
    resting = in_a_thread(turns.rest)
    working = in_a_thread(lambda: turns.take("long"))
    resting.join(10)
    assert not resting.is_alive()
    work.may_end.set()
    working.join()


def test_nobody_rests_while_another_does_or_something_has_waited_of_late() -> None:
    work = Work()
    turns = work.turns(5)
    working = in_a_thread(lambda: turns.take("long"))
    assert work.begun.wait(10)
    turns.take("a")
    turns.rest()
    assert turns.waiting == 1
    work.may_end.set()
    working.join()


def test_the_job_at_work_is_known_as_long_as_it_is() -> None:
    seen: list[str | None] = []
    turns: Turns[str] = Turns(lambda _: seen.append(turns.at_work), seen.append, 5)
    turns.take("a")
    assert (seen, turns.at_work) == (["a"], None)
