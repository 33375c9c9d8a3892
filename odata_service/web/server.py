"""The server process: worker processes under granian, or waitress where granian has no build or processes cannot fork.

The main process makes the tables before any worker starts, holds the port, and says that the service answers once it
does. It closes the database's log behind the last worker.
"""

import logging
import os
import signal
from collections.abc import Callable

from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.web.address import Address
from odata_service.web.app import app_of
from odata_service.web.lines import count_lost
from odata_service.web.listeners import Listeners
from odata_service.web.meter import Meter
from odata_service.web.wsgi import DirectService

try:
    from odata_service.web.supervisor import GENERATIONS, serve_workers
except ImportError:  # granian has no build for this platform
    GENERATIONS, serve_workers = 1, None  # type: ignore[assignment]  # the name stands for its absence

Made = tuple[Service, DatabaseStore]
Make = Callable[[], Made]

_LOG = logging.getLogger("odata_service")


class CannotServe(Exception):
    """A service cannot be made of what there is now; the message says why."""


def serve(service: Service, store: DatabaseStore, address: Address, make: Make) -> None:
    """Serves until SIGTERM or SIGINT; running requests are finished first. `PortInUse` before anything starts.

    At SIGHUP `make` gives what is served from then on; `CannotServe` leaves all as it is.
    """
    is_forked = serve_workers is not None and hasattr(os, "fork")
    listeners = Listeners(address.host, address.port, address.workers if is_forked else 1)
    stores = {_kept_in(store): store}
    store.close()
    application = direct_of(
        service, Meter(store.tally, GENERATIONS * address.workers, v2_path=service.settings.v2_path)
    )
    count_lost(application.meter.lose)

    def anew(before: DirectService) -> DirectService | None:
        try:
            made, store = make()
        except CannotServe as error:
            _LOG.error("SIGHUP: %s All stays as it is.", error)
            return None
        store.close()
        _bound(listeners, made)
        stores[_kept_in(store)] = store
        meter = Meter(store.tally, v2_path=made.settings.v2_path, before=before.meter)
        count_lost(meter.lose)
        return direct_of(made, meter)

    try:
        _bound(listeners, service)
        if not is_forked:
            _serve_waitress(application, address, listeners)
        else:
            serve_workers(application, address, listeners, lambda: announce(address, listeners.port), anew)
    finally:
        listeners.close()
        for served in stores.values():
            served.settle()


def _bound(listeners: Listeners, service: Service) -> None:
    """What a service asks of connections; without a bound the system's own one holds."""
    listeners.bound(service.settings.limits.stall_seconds)


def _kept_in(store: DatabaseStore) -> object:
    """What tells databases apart: one that is served no longer is left in order, too."""
    return store.driver.database.database, store.state and _kept_in(store.state)


def announce(address: Address, port: int) -> None:
    """Prints the one line that says that the service answers."""
    shown = f"[{address.host}]" if ":" in address.host else address.host
    print(f"Serving {address.scheme}://{shown}:{port}/", flush=True)


def direct_of(service: Service, meter: Meter) -> DirectService:
    """The application that workers run."""
    return DirectService(service, app_of(service, meter).wsgi_app, meter)


def _serve_waitress(application: DirectService, address: Address, listeners: Listeners) -> None:
    from waitress.server import create_server  # not where granian serves

    server = create_server(application, sockets=[listeners.of_worker(0)], threads=4, ident=None)

    def stop(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    if address.access_log:
        logging.getLogger("waitress").setLevel(logging.INFO)
    announce(address, listeners.port)
    try:
        server.run()
    except (SystemExit, KeyboardInterrupt):
        server.close()
