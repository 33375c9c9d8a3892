"""Worker processes under granian: forked from the main process, so that they share what it has loaded.

granian's ways to call applications wait in Python for slow clients, or wake a loop for each request; so a worker is run
here, by the parts that granian's own are made of.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import Any

from granian._granian import CallbackScheduler, RSGIWorker
from granian._signals import set_sync_signals
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels, log_request_builder
from granian.server.common import WORKERS_METHODS
from granian.server.mp import MPServer, WorkerProcess

from odata_service.web.address import Address
from odata_service.web.gateway import Application, Bounds, Gateway, Log, Scope, Watcher
from odata_service.web.lines import finish

_PR_SET_PDEATHSIG = 1
_ENDING = {signal.SIGTERM, signal.SIGINT}
_UNREADY_SECONDS = 0.5
"""The age at which a worker surely hears a signal."""
_YOUNG_SECONDS, _MOST_YOUNG = 1.0, 10
"""A worker that dies at this age may never have worked; where so many do one after another, the service ends."""
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0
_COLLECTIONS = (50_000, 20, 100)
"""How many new objects a collection of garbage waits for: the rows of a page hold no cycles."""


_DESCRIPTORS = 65_536
_CONNECTIONS = 8_192
"""How many clients a worker is connected with; more wait until one of them goes."""
_THREADS = 2
"""The one at work, and one that hears of requests meanwhile."""


def serve_workers(
    application: Application, bounds: Bounds, address: Address, port: int, started: Callable[[], None]
) -> None:
    """Serves until a signal ends it; a worker that dies is replaced. `started` is called once all are forked."""
    multiprocessing.set_start_method("fork", force=True)
    _allow_connections()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    server = _Server(
        "odata_service",
        address=address.host,
        port=port,
        interface=Interfaces.RSGI,
        workers=address.workers,
        blocking_threads=1,
        runtime_threads=1,
        websockets=False,
        backlog=2_048,
        backpressure=_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=256 * 1024),
        log_enabled=address.access_log,
        log_level=LogLevels.warning,
        log_access=address.access_log,
        ssl_cert=address.tls_cert,
        ssl_key=address.tls_key,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=address.shutdown_seconds,
    )
    server.started = started
    worker = WorkerProcess.wrap_target(_work)  # type: ignore[no-untyped-call]  # granian has no types here
    application.meter.stand_beside()
    server.serve(worker, lambda _: _in_worker(application, bounds))


def _allow_connections() -> None:
    """Takes as many descriptors as the process may have: each connection is one, and each long answer."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
    if few != resource.RLIM_INFINITY and few < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _work(number: int, opened: Callable[..., Gateway], sock: Any, ipc: Any, loop: Any, *rest: Any) -> None:
    """A worker, until a signal ends it."""
    (mode, threads, blocking, _, idle, backpressure, _, http, http1, http2, *more, log_format, tls, _, metrics) = rest
    ended = asyncio.Event()
    ending = set_sync_signals()  # type: ignore[no-untyped-call]
    ending.add_cb(lambda: loop.call_soon_threadsafe(ended.set))
    gateway = opened(loop, None if log_format is None else _access_log(log_format))
    gateway.meter.open(number - 1)
    bounds = (threads, blocking, _THREADS, idle, backpressure)
    worker = RSGIWorker(number, sock, ipc, *bounds, http, http1, http2, *more, *tls, metrics)  # type: ignore[call-arg]
    serve = getattr(worker, WORKERS_METHODS[mode][(sock[0] or sock[1]).is_uds()])

    def hear(watcher: Watcher) -> None:
        gateway.hear(watcher)
        gateway.rest()

    serve(_Calls(loop, hear, None, None, None), loop, ending)
    loop.run_until_complete(ended.wait())
    finish()


class _Calls(CallbackScheduler):
    """How granian calls what hears of requests: at once, in a thread of its own, and by no task of the loop."""

    __slots__ = ()

    def __init__(self, _loop: object, hear: Callable[[Watcher], None], *_tasks: object) -> None:
        super().__init__()
        self._schedule_fn = hear


def _access_log(form: str) -> Log:
    """A line for each request: its path, but not its query, where keys may be."""
    write = log_request_builder(form)  # type: ignore[no-untyped-call]

    def log(now: float, began: float, scope: Scope, status: int) -> None:
        told = {
            "addr_remote": scope.client.rpartition(":")[0],
            "protocol": f"HTTP/{scope.http_version}",
            "path": scope.path,
            "qs": "",
            "method": scope.method,
            "scheme": scope.scheme,
        }
        write(now, began, told, status)

    return log


def _in_worker(application: Application, bounds: Bounds) -> Callable[..., Gateway]:
    """The first that a worker does: it leaves the group of the main process, which alone tells it when to end.

    On Linux the kernel ends a worker whose main process was killed.
    """
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    Thread(target=_end_in_order, args=(signal.getsignal(signal.SIGTERM),), daemon=True).start()
    return partial(Gateway, application, bounds)


def _end_in_order(inherited: object) -> None:
    """Waits for the signal that ends a worker, and hands it on once and when it can be heard.

    The handler of a worker stands a little before what it speaks to, and is not made for a second signal. So signals
    are blocked in all threads of a worker, and wait for this one.
    """
    born = monotonic()
    number = signal.sigwait(_ENDING)
    sleep(max(0.0, born + _UNREADY_SECONDS - monotonic()))
    while (handler := signal.getsignal(number)) == inherited:
        sleep(_UNREADY_SECONDS)
    assert callable(handler)
    handler(number, None)


class _Server(MPServer):
    """A server that calls back once its workers are forked, and that any number of signals ends in order.

    A thread that ran before the fork could leave the workers a held lock. A signal handler must not wait for a lock
    either: terminals, make and timeout send a signal twice, and the second may interrupt the handler of the first.
    """

    started: Callable[[], None]
    died_young = 0
    """How many replaced workers in a row had just begun: granian itself gives up where one dies twice in 5 s."""

    def startup(self, *arguments: Any) -> None:
        super().startup(*arguments)  # type: ignore[no-untyped-call]  # granian has no types here
        Thread(target=self.started, daemon=True).start()

    def signal_handler_interrupt(self, *_: Any) -> None:
        if not self.interrupt_signal:
            self.interrupt_signal = True
            Thread(target=self.main_loop_interrupt.set, daemon=True).start()

    def _spawn_workers(self, *arguments: Any) -> None:
        with _signals_held():
            super()._spawn_workers(*arguments)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, workers: list[int], *arguments: Any, **options: Any) -> None:
        self._wait_for(workers)
        with _signals_held():
            super()._respawn_workers(workers, *arguments, **options)
        if self.died_young < _MOST_YOUNG:
            self.respawned_wrks.clear()
        self._look_for_dead()

    def _wait_for(self, workers: list[int]) -> None:
        """Waits the longer the more workers have died young one after another; a signal ends the wait."""
        is_young = any(monotonic() - self.wrks[place].birth < _YOUNG_SECONDS for place in workers)
        self.died_young = self.died_young + 1 if is_young else 0
        if self.died_young > 1:
            self.main_loop_interrupt.wait(min(_PAUSE_SECONDS * 2**self.died_young, _LONGEST_PAUSE_SECONDS))

    def _look_for_dead(self) -> None:
        """Tells of workers that died while others were replaced, which the main loop does not hear of."""
        known = self.interrupt_children
        for worker in self.wrks:
            if not worker.inner.is_alive() and worker.idx not in known:
                worker.interrupt_by_parent = True  # whoever watches it tells nobody a second time
                known.append(worker.idx)
                self.main_loop_interrupt.set()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Processes forked in the block begin with the signals that end them blocked; the main process has them after."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
