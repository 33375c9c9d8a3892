"""The main process: it forks workers under granian, replaces those that die or hang, and all where a service is new.

Workers are forked from a process that has loaded everything: they share its memory. It runs no thread that could leave
them a held lock, but those of granian that wait for the end of a worker.
"""

import gc
import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from odata_service.web import workers
from odata_service.web.address import Address
from odata_service.web.lines import count_lost
from odata_service.web.listeners import BACKLOG, Listeners
from odata_service.web.wsgi import DirectService

_LOG = logging.getLogger("odata_service")

GENERATIONS = 3
"""So many services may have workers at the same time: the one that serves, and those before it that still answer."""

_CONNECTIONS = 8_192
"""How many clients a worker is connected with; more wait until one of them goes."""
_DESCRIPTORS = 65_536
_COLLECTIONS = (50_000, 20, 100)
"""How many new objects a collection of garbage waits for: the rows of a page hold no cycles."""

_LOOK_SECONDS, _SHORT_LOOK_SECONDS = 1.0, 0.005
_YOUNG_SECONDS, _MOST_YOUNG = 1.0, 10
"""A worker that dies at this age may never have worked; where so many do one after another, the service ends."""
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0
_READY_SECONDS = 30.0
"""So long new workers have to begin before those that serve are kept."""
_TELLING_SECONDS = 0.2
_SAME_SECONDS = 1.0
"""Signals within this time are one: terminals, make and timeout send theirs to the whole group, and more than once."""
_FORKED_WITHOUT = {*workers.ENDING, workers.LEAVING}


Anew = Callable[[DirectService], DirectService | None]
"""Makes what takes the place of an application; None where it cannot be made, which is said in the log."""


def serve_workers(
    application: DirectService, address: Address, listeners: Listeners, started: Callable[[], None], anew: Anew
) -> None:
    """Serves until a signal ends it. `started` is called once all workers answer, `anew` at SIGHUP.

    `SystemExit` where no worker lives.
    """
    multiprocessing.set_start_method("fork", force=True)
    _allow_connections()
    gc.set_threshold(*_COLLECTIONS)
    server = _Supervisor(
        "odata_service",
        address=address.host,
        port=listeners.port,
        interface=Interfaces.RSGI,
        workers=address.workers,
        blocking_threads=1,
        runtime_threads=1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=256 * 1024),
        log_enabled=address.access_log,
        log_level=LogLevels.warning,
        log_access=address.access_log,
        ssl_cert=address.tls_cert,
        ssl_key=address.tls_key,
        workers_kill_timeout=address.shutdown_seconds,
    )
    application.meter.stand_beside()
    server.application, server.listeners, server.started, server.anew = application, listeners, started, anew
    server.serve(WorkerProcess.wrap_target(workers.work), _no_loader)  # type: ignore[no-untyped-call]


def _allow_connections() -> None:
    """Takes as many descriptors as the process may have: each connection is one, and each long answer."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
    if few != resource.RLIM_INFINITY and few < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Ended(BaseException):
    """A signal that ends the service has come while a new one was made."""


class _Supervisor(MPServer):
    """A server that looks each second how its workers are, and that signals end in order.

    A signal handler must not wait for a lock: a second signal may interrupt the handler of the first.
    """

    application: DirectService
    listeners: Listeners
    started: Callable[[], None]
    anew: Anew
    places: dict[WorkerProcess, int]
    leaving: list[WorkerProcess]
    died_young = 0
    """How many workers in a row had just begun when they died."""
    interrupted_at = 0.0
    is_made_anew = False
    is_at_once = False

    def _init_shared_socket(self) -> None:
        self.places, self.leaving = {}, []
        self._ssp = self._sso = None

    def _drop_shared_socket(self) -> None:
        self.listeners.close()

    def signal_handler_interrupt(self, *_: Any) -> None:
        now = monotonic()
        if not self.interrupt_signal:
            self.interrupted_at = now
            self.interrupt_signal = True
            self._wake()
            if self.is_made_anew:
                raise _Ended
        elif now - self.interrupted_at >= _SAME_SECONDS:
            self.is_at_once = True
            for worker in (*self.wrks, *self.leaving):
                _send(worker, signal.SIGKILL)

    def signal_handler_reload(self, *_: Any) -> None:
        self.reload_signal = True
        self._wake()

    def _wake(self) -> None:
        Thread(target=self.main_loop_interrupt.set, daemon=True).start()

    def _spawn_workers(self, target: Any, _: Any) -> None:
        self.target = target
        self._begin_workers()

    def _begin_workers(self) -> None:
        """Forks all workers of the application. They do not look for garbage in what they share: that would copy it."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self.wrks = [self._begun(number) for number in range(self.workers)]

    def _begun(self, number: int) -> WorkerProcess:
        """A worker that is forked now."""
        meter = self.application.meter
        place = next(place for place in range(GENERATIONS * self.workers) if place not in self.places.values())
        meter.leave(place)
        descriptor = self.listeners.of_worker(number).fileno()
        self._shd = SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg,assignment]  # granian has no types
        opening = partial(workers.opening, self.application, self.application.bounds, self.listeners, number, place)
        worker: WorkerProcess = self._spawn_worker(number, self.target, opening)
        worker._watcher = partial(_tell_end, worker.inner, self.main_loop_interrupt)  # type: ignore[method-assign]
        self.places[worker] = place
        with _signals_held():
            worker.start()  # type: ignore[no-untyped-call]
        return worker

    def _serve_loop(self, *_: Any) -> None:
        with suppress(_Ended):
            self._look_after_workers()

    def _look_after_workers(self) -> None:
        is_told = False
        while not self.interrupt_signal:
            if not is_told and self._are_ready():
                self.started()
                is_told = True
            self.main_loop_interrupt.wait(_LOOK_SECONDS if is_told else _SHORT_LOOK_SECONDS)
            self.main_loop_interrupt.clear()
            self._end_hanging()
            self._let_go()
            if not self._replace_dead():
                _LOG.error("workers die as soon as they begin; the service ends.")
                self.interrupt_children.append(0)  # granian ends with 1 then
                return
            if self.reload_signal and not self.interrupt_signal and is_told:
                self._renew()

    def _are_ready(self) -> bool:
        """Whether all workers have begun."""
        return all(self.application.meter.beat_of(self.places[worker]) for worker in self.wrks)

    def _end_hanging(self) -> None:
        """Kills workers that have not gone on with anything for too long; each tells first what it was at."""
        patience, now = self.application.bounds.hang_seconds, monotonic()
        if not patience:
            return
        meter = self.application.meter
        for worker in (*self.wrks, *self.leaving):
            silent = now - (meter.beat_of(self.places[worker]) or worker.birth)
            if silent > patience and worker.is_alive():  # type: ignore[no-untyped-call]
                told = (worker.idx + 1, worker.inner.pid, silent)
                _LOG.error("worker %d (process %s) has not gone on for %.0f s and is ended.", *told)
                _send(worker, workers.TELLING)
                sleep(_TELLING_SECONDS)
                _send(worker, signal.SIGKILL)
                worker.join(_LOOK_SECONDS)  # type: ignore[no-untyped-call]

    def _replace_dead(self) -> bool:
        """Begins another worker in the place of each that has died; False where this leads to nothing."""
        for worker in [worker for worker in self.wrks if not worker.is_alive()]:  # type: ignore[no-untyped-call]
            told = (worker.idx + 1, worker.inner.pid, _end_of(worker.inner.exitcode or 0))
            _LOG.error("worker %d (process %s) has ended by %s; another one takes its place.", *told)
            self.died_young = self.died_young + 1 if monotonic() - worker.birth < _YOUNG_SECONDS else 0
            if self.died_young >= _MOST_YOUNG:
                return False
            self._pause()
            if self.interrupt_signal:
                break
            self._forget(worker)
            self.wrks[worker.idx] = self._begun(worker.idx)
            self.main_loop_interrupt.set()  # others may have died meanwhile
        return True

    def _pause(self) -> None:
        """Waits the longer the more workers have died young one after another; a signal ends the wait."""
        if self.died_young > 1:
            until = monotonic() + min(_PAUSE_SECONDS * 2**self.died_young, _LONGEST_PAUSE_SECONDS)
            while monotonic() < until and not self.interrupt_signal:
                sleep(_PAUSE_SECONDS)

    def _forget(self, worker: WorkerProcess) -> None:
        self.application.meter.leave(self.places.pop(worker))

    def _renew(self) -> None:
        """Puts a service that is made anew in the place of that which serves; its workers answer what they have begun.

        Where the new one cannot be made, or its workers do not begin, all stays as it is.
        """
        if len(self.places) + self.workers > GENERATIONS * self.workers:
            return  # so many still answer: the signal is kept in mind
        self.reload_signal = False
        made = self._made_anew()
        if made is None:
            return
        before = self.application, self.wrks
        self.application = made
        self._begin_workers()
        if self._have_begun():
            for worker in before[1]:
                _send(worker, workers.LEAVING)
            self.leaving += before[1]
            _LOG.warning("SIGHUP: the definition that was read anew is served.")
            return
        for worker in self.wrks:
            _send(worker, signal.SIGKILL)
            worker.join()  # type: ignore[no-untyped-call]
            self._forget(worker)
        self.application, self.wrks = before
        count_lost(self.application.meter.lose)
        if not self.interrupt_signal:
            _LOG.error("SIGHUP: workers for the definition that was read anew do not begin; all stays as it is.")

    def _made_anew(self) -> DirectService | None:
        self.is_made_anew = True
        try:
            return self.anew(self.application)
        finally:
            self.is_made_anew = False

    def _have_begun(self) -> bool:
        """Waits until all workers have begun; False where one dies, or it takes too long."""
        until = monotonic() + _READY_SECONDS
        while not self._are_ready():
            is_alive = all(worker.is_alive() for worker in self.wrks)  # type: ignore[no-untyped-call]
            if not is_alive or self.interrupt_signal or monotonic() > until:
                return False
            sleep(_SHORT_LOOK_SECONDS)
        return True

    def _let_go(self) -> None:
        """Forgets those workers that have answered what they had begun when others took their places."""
        for worker in [worker for worker in self.leaving if not worker.is_alive()]:  # type: ignore[no-untyped-call]
            self.leaving.remove(worker)
            self._forget(worker)

    def _stop_workers(self) -> None:
        everyone = [*self.wrks, *self.leaving]
        for worker in everyone:
            _send(worker, signal.SIGTERM)
        until, late = monotonic() + (self.workers_kill_timeout or 0), everyone
        while late and monotonic() < until:
            late[0].join(min(max(until - monotonic(), 0.0), _LOOK_SECONDS))  # type: ignore[no-untyped-call]
            self._end_hanging()
            late = [worker for worker in late if worker.is_alive()]  # type: ignore[no-untyped-call]
        for worker in late:
            _send(worker, signal.SIGKILL)
            worker.join()  # type: ignore[no-untyped-call]
        if self.is_at_once:
            _LOG.warning("a second signal has ended the service at once: answers may be cut.")
        elif late:
            _LOG.warning("%d workers were ended with answers that were not whole (--shutdown-seconds).", len(late))


def _no_loader(*_: object) -> Callable[..., object]:
    """What granian would load an application with: each worker is given one when it is forked."""
    raise AssertionError("workers have their application")


def _send(worker: WorkerProcess, number: int) -> None:
    """Sends a signal to a worker, unless it has ended."""
    if worker.inner.exitcode is None and worker.inner.pid is not None:
        os.kill(worker.inner.pid, number)


def _end_of(code: int) -> str:
    """By what a process has ended, in words."""
    return f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"itself, with exit code {code}"


def _tell_end(process: Any, ended: Any) -> None:
    """Waits for the end of a worker, and tells of it."""
    process.join()
    ended.set()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Processes forked in the block begin with the signals that end them blocked; the main process has them after."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, _FORKED_WITHOUT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
