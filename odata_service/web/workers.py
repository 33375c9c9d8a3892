"""What a worker process does: it takes requests from granian, until a signal ends it.

granian's ways to call applications wait in Python for slow clients, or wake a loop for each request; so a worker is run
here, by the parts that granian's own are made of.
"""

import asyncio
import ctypes
import faulthandler
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import Any

from granian._granian import CallbackScheduler, RSGIWorker
from granian._signals import set_sync_signals
from granian.log import log_request_builder
from granian.server.common import WORKERS_METHODS

from odata_service.web.gateway import Application, Bounds, Gateway, Log, Scope, Watcher
from odata_service.web.lines import finish
from odata_service.web.listeners import Listeners, accept_no_more

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
"""The signals that end a worker once what it has begun is answered."""
LEAVING = signal.SIGHUP
"""The signal by which a worker makes room for another one: as `ENDING`, but it sees to it that clients go over."""
TELLING = signal.SIGUSR1
"""The signal at which a worker writes to standard error what its threads do, also where Python runs no more."""

_PR_SET_PDEATHSIG = 1
_UNREADY_SECONDS = 0.5
"""The age at which a worker surely hears a signal."""
_LEAVING_SECONDS = 2.0
"""So long a worker that makes room answers whoever asks, and asks each client to connect anew."""
_THREADS = 2
"""The one at work, and one that hears of requests meanwhile."""


def opening(application: Application, bounds: Bounds, listeners: Listeners, number: int, place: int) -> Any:
    """What granian calls first in the process of a worker: it gives what makes the worker's gateway.

    The worker leaves the group of the main process, which alone tells it when to end. On Linux the kernel ends a worker
    whose main process was killed.
    """
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    faulthandler.register(TELLING, file=2, all_threads=True)
    listeners.keep_only(number)
    application.meter.open(place)
    return partial(Gateway, application, bounds)


def work(number: int, opened: Callable[..., Gateway], sock: Any, ipc: Any, loop: Any, *rest: Any) -> None:
    """A worker, until a signal ends it."""
    (mode, threads, blocking, _, idle, backpressure, _, http, http1, http2, *more, log_format, tls, _, metrics) = rest
    born, ended = monotonic(), asyncio.Event()
    ending = set_sync_signals()  # type: ignore[no-untyped-call]  # granian has no types here
    ending.add_cb(lambda: loop.call_soon_threadsafe(ended.set))
    gateway = opened(loop, None if log_format is None else _access_log(log_format))
    Thread(target=_end_in_order, args=(born, gateway), daemon=True).start()
    bounds = (threads, blocking, _THREADS, idle, backpressure)
    worker = RSGIWorker(number, sock, ipc, *bounds, http, http1, http2, *more, *tls, metrics)  # type: ignore[call-arg]
    serve = getattr(worker, WORKERS_METHODS[mode][(sock[0] or sock[1]).is_uds()])

    def hear(watcher: Watcher) -> None:
        gateway.hear(watcher)
        gateway.rest()

    serve(_Calls(loop, hear, None, None, None), loop, ending)
    loop.call_soon(gateway.begin)
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


def _end_in_order(born: float, gateway: Gateway) -> None:
    """Waits for the signal that ends a worker, and hands it on once and when it can be heard.

    What granian has for signals is not made for a second one, nor for one that comes early. So signals are blocked in
    all threads of a worker, and wait for this one.
    """
    number = signal.sigwait({*ENDING, LEAVING})
    if number == LEAVING:
        gateway.leave()
        accept_no_more()
        _wait_for_ending(_LEAVING_SECONDS)
        number = signal.SIGTERM
    sleep(max(0.0, born + _UNREADY_SECONDS - monotonic()))
    handler = signal.getsignal(number)
    assert callable(handler), "granian's handler has been set"
    handler(number, None)


def _wait_for_ending(seconds: float) -> None:
    """Waits so long, or until a signal says that there is no time for this."""
    if hasattr(signal, "sigtimedwait"):
        signal.sigtimedwait(ENDING, seconds)
    else:  # macOS
        sleep(seconds)
