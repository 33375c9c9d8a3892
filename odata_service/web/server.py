"""The server process: worker processes under granian, or waitress where granian has no build or processes cannot fork.

The main process makes the tables before any worker starts, reserves the port, and says that the service answers once it
does. It closes the database's log behind the last worker.
"""

import logging
import os
import signal
import socket
from threading import Thread
from time import monotonic, sleep

from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.web.address import Address
from odata_service.web.app import app_of
from odata_service.web.gateway import Bounds
from odata_service.web.lines import count_lost
from odata_service.web.meter import Meter
from odata_service.web.wsgi import DirectService

try:
    from odata_service.web.workers import serve_workers
except ImportError:  # granian has no build for this platform
    serve_workers = None  # type: ignore[assignment]  # the name stands for its absence

_PATIENCE_SECONDS = 30.0


class PortInUse(Exception):
    """The port is taken; the message says which."""


def serve(service: Service, store: DatabaseStore, address: Address) -> None:
    """Serves until SIGTERM or SIGINT; running requests are finished first. `PortInUse` before anything starts."""
    reserved = reserve(address.host, address.port)
    port: int = reserved.getsockname()[1]
    store.close()
    application = wsgi_of(service, address.workers)
    count_lost(application.meter.lose)
    if serve_workers is None or not hasattr(os, "fork"):
        reserved.close()
        Thread(target=announce, args=(address, port), daemon=True).start()
        _serve_waitress(application, address, port)
    else:
        limits = service.settings.limits
        bounds = Bounds(limits.max_waiting, limits.max_body_bytes)
        serve_workers(application, bounds, address, port, lambda: announce(address, port))
        reserved.close()
    store.settle()


def reserve(host: str, port: int) -> socket.socket:
    """A socket bound to a free port, not listening: nobody else takes the port before the workers do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    probe = socket.socket(family, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((host, port))
    except OSError as error:
        probe.close()
        raise PortInUse(f"Port {port} on {host} cannot be used: {error.strerror or error}.") from error
    chosen = probe.getsockname()[1]
    probe.close()
    holder = socket.socket(family, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host, chosen))
    return holder


def announce(address: Address, port: int) -> None:
    """Prints the one line that says the service answers, as soon as a connection is accepted."""
    host = "127.0.0.1" if address.host == "0.0.0.0" else "::1" if address.host == "::" else address.host
    deadline = monotonic() + _PATIENCE_SECONDS
    while monotonic() < deadline:
        try:
            with socket.create_connection((host, port), timeout=1):
                break
        except OSError:
            sleep(0.005)
    shown = f"[{address.host}]" if ":" in address.host else address.host
    print(f"Serving {address.scheme}://{shown}:{port}/", flush=True)


def wsgi_of(service: Service, workers: int = 1) -> DirectService:
    """The application that so many workers run."""
    meter = Meter(service.store.tally, workers, v2_path=service.settings.v2_path)
    return DirectService(service, app_of(service, meter).wsgi_app, meter)


def _serve_waitress(application: DirectService, address: Address, port: int) -> None:
    from waitress.server import create_server  # not where granian serves

    server = create_server(application, host=address.host, port=port, threads=4, ident=None)

    def stop(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    if address.access_log:
        logging.getLogger("waitress").setLevel(logging.INFO)
    try:
        server.run()
    except (SystemExit, KeyboardInterrupt):
        server.close()
