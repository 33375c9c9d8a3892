"""Who is next: a worker answers one request at a time, and knows how many wait.

Two threads that read rows at once hinder each other more than they help: Python's lock is handed on for each row. So
the thread that finds nobody at work does all the work there is, and others only leave theirs with it. What would make
the line longer than it may be is refused where it comes in: a client is told at once, and not when its turn is.

Two threads that take turns cost each request a twentieth more than one that finds its connection and its caches warm.
So one of them rests until the other has its hands full.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import perf_counter, sleep
from typing import Generic, TypeVar

Job = TypeVar("Job")

_LOOK_SECONDS = 0.05
"""How often who rests looks up."""
_FULL = 0.8
"""The part of the time that a thread is at work for it to have its hands full."""
_CROWDED_SECONDS = 1.0
"""So long nobody rests after something has waited."""


class Turns(Generic[Job]):
    """A line of jobs; `most` may wait beside the one `at_work`, 0: any number. `work` and `refuse` must not raise."""

    def __init__(self, work: Callable[[Job], None], refuse: Callable[[Job], None], most: int) -> None:
        self._work = work
        self._refuse = refuse
        self._most = most
        self._waiting: deque[Job] = deque()
        self.at_work: Job | None = None
        self._turn = Lock()
        self._bed = Lock()
        self._worked = 0.0
        self._since = 0.0
        self._crowded_until = 0.0

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def take(self, job: Job) -> None:
        """Does a job, and all that is left here meanwhile; or leaves it with the thread that is at work."""
        if self._most and len(self._waiting) >= self._most:
            self._refuse(job)
            return
        self._waiting.append(job)
        while self._waiting:
            if not self._turn.acquire(blocking=False):
                self._crowded_until = perf_counter() + _CROWDED_SECONDS
                return
            self._since = perf_counter()
            try:
                while self._waiting:
                    self.at_work = job = self._waiting.popleft()
                    self._work(job)
            finally:
                self.at_work = None
                self._worked += perf_counter() - self._since
                self._since = 0.0
                self._turn.release()

    def rest(self) -> None:
        """Keeps one thread of those that have nothing to do until it is of use."""
        if perf_counter() < self._crowded_until or not self._bed.acquire(blocking=False):
            return
        try:
            began, worked = perf_counter(), self._seconds_at_work()
            while True:
                sleep(_LOOK_SECONDS)
                before, earlier = began, worked
                began, worked = perf_counter(), self._seconds_at_work()
                if worked - earlier > _FULL * (began - before):
                    self._crowded_until = began + _CROWDED_SECONDS
                    return
        finally:
            self._bed.release()

    def _seconds_at_work(self) -> float:
        since = self._since
        return self._worked + (perf_counter() - since if since else 0.0)
