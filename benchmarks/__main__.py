"""`make bench`: what the service does, beside what the driver alone does with the same SQL, in one run.

Columns: requests a second at one and at eight connections, the median and the 95th percentile of one connection in
milliseconds, entities a second, then what share of the floor is reached over HTTP and in process. The floor is the same
statement by the driver, all rows fetched: no JSON, no HTTP. The server has one worker, the load generator is a process
of its own. Machines differ and vary: compare ratios of one run, never absolute figures of two.
"""

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from urllib.request import urlopen

from benchmarks.cases import CASES, SEARCHES, Case, Target
from benchmarks.client import Connection, request_bytes
from benchmarks.documents import document_rows
from benchmarks.pages import page_rows
from benchmarks.rows import CUSTOMERS, write_csv
from benchmarks.twins import twin_row, twins
from odata_service import Service, load_schema
from odata_service.service import Request
from odata_service.settings import Settings
from odata_service.sql.searches import search_indexes
from odata_service.storage import open_store

DEFINITION = Path(__file__).parent / "definition"
METADATA = Path(__file__).parent.parent / "metadata"


@contextmanager
def server(*arguments: str) -> Iterator[tuple[int, int, float]]:
    """A server process: its port, its process id, and the seconds from its start to its first answer."""
    started = perf_counter()
    command = [sys.executable, "-m", "odata_service", "serve", *arguments, "--port", "0", "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "standard output is a pipe"
        line = process.stdout.readline()
        port = int(line.rstrip("/\n").rpartition(":")[2])
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            answer.read()
        yield port, process.pid, perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def load(port: int, requests: list[Target], connections: int, seconds: float, *, once: bool) -> dict[str, float]:
    """The result of the load generator for these requests."""
    job = {"port": port, "connections": connections, "seconds": seconds, "requests": requests, "once": once}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"], input=json.dumps(job), capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    if result["failures"]:
        raise SystemExit(f"requests failed: {result['failures']}")
    return result


def floor_of(case: Case, database: sqlite3.Connection, ids: list[str], seconds: float) -> float:
    """Runs a second of the case's SQL by the driver alone."""
    assert case.floor is not None, "the case has a floor"
    text, parameters = case.floor
    random = Random(5)
    database.execute(text, parameters(ids, random)).fetchall()
    count = 0
    started = perf_counter()
    while (spent := perf_counter() - started) < seconds:
        database.execute(text, parameters(ids, random)).fetchall()
        count += 1
    return count / spent


def in_process(service: Service, requests: list[Target], seconds: float) -> float:
    """Requests a second through `Service.handle`."""
    prepared = []
    for method, target, _ in requests:
        path, _, query = target.removeprefix("/").partition("?")
        prepared.append(Request(method, path, query, {"accept": "application/json"}, b"", "http://127.0.0.1/"))
    service.handle(prepared[0])
    count = 0
    started = perf_counter()
    while (spent := perf_counter() - started) < seconds:
        service.handle(prepared[count % len(prepared)])
        count += 1
    return count / spent


def export(port: int) -> tuple[float, int]:
    """All customers through next links: seconds and entities."""
    connection = Connection("127.0.0.1", port)
    target, entities = "/customers", 0
    started = perf_counter()
    while target:
        status, body = connection.exchange(request_bytes("GET", target))
        assert status == 200, body[:200]
        entities += body.count(b'"partnerId":')
        place = body.rfind(b'"@odata.nextLink":"')
        link = body[place + 19 : body.index(b'"', place + 19)].decode() if place > 0 else ""
        target = link[link.find("/", 8) :] if link else ""
    return perf_counter() - started, entities


def memory_of(pid: int, database: Path) -> tuple[float, float]:
    """The proportional set size of a process and its children in MB, and how much of it is the database's file.

    That is mapped: the system's cache of the file, which every reader shares and which is let go when memory is short.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    total, mapped = 0, 0
    for process in (str(pid), *children):
        is_database = False
        for line in Path(f"/proc/{process}/smaps").read_text("utf-8").splitlines():
            name, *rest = line.split()
            if not name.endswith(":"):
                is_database = bool(rest) and rest[-1].startswith(str(database))
            elif name == "Pss:":
                total += int(rest[0])
                mapped += int(rest[0]) if is_database else 0
    return total / 1024, mapped / 1024


def measure(directory: Path, chosen: list[Case], seconds: float) -> Iterator[dict[str, object]]:
    """A row for each case, then the export, loading, memory and cold start."""
    url = f"sqlite:///{directory / 'bench.db'}"
    write_csv(directory)
    started = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "odata_service", "load", str(DEFINITION), "--database", url, "--data", str(directory)],
        check=True,
        capture_output=True,
    )
    loading = perf_counter() - started
    schema = load_schema(DEFINITION)
    store = open_store(url, schema)
    service = Service(schema, store)
    database = store.connection()
    assert isinstance(database, sqlite3.Connection), "the figures are SQLite's"
    database.set_progress_handler(None, 0)  # the floor has no limit of time
    ids = _ids(database)
    with server(str(DEFINITION), "--database", url) as (port, pid, _):
        for case in [case for case in chosen if case in CASES]:
            yield _row(case, port, service, database, ids, seconds)
        spent, entities = export(port)
        floor = _export_floor(database)
        yield {
            "case": "full export",
            "rows/s": entities / spent,
            "HTTP %": entities / spent / floor * 100,
            "target": "45 %",
        }
        load(port, CASES[0].requests(_ids(database), Random(9)), 1, 0.5, once=False)
        total, mapped = memory_of(pid, directory / "bench.db")
        yield {"case": "memory (PSS)", "figure": f"{total:.0f} MB"}
        yield {"case": "without the mapped database", "figure": f"{total - mapped:.0f} MB", "target": "< 110 MB"}
        for case in [case for case in chosen if case in TWINS]:
            run = partial(load, port, connections=1, seconds=seconds / 16, once=case.once)
            yield twin_row(case, _ids(database), run, pid)
    searches = [case for case in chosen if case in SEARCHES]
    if searches:
        yield from _searches(searches, url, database, seconds)
    yield {"case": f"load {CUSTOMERS:,} rows of CSV", "figure": f"{loading:.2f} s", "target": "< 5 s"}
    yield {"case": "cold start", "figure": f"{_cold_start(directory) * 1000:.0f} ms", "target": "< 500 ms"}


def _searches(
    chosen: list[Case], url: str, database: sqlite3.Connection, seconds: float
) -> Iterator[dict[str, object]]:
    """The same rows with indexes of texts, and how long making those takes."""
    store = open_store(url, load_schema(DEFINITION), Settings(search_index=True))
    started = perf_counter()
    store.create()
    yield {"case": f"index texts of {CUSTOMERS:,} rows", "figure": f"{perf_counter() - started:.1f} s"}
    name = search_indexes(store.mapping)["customers"].name
    service, ids = Service(store.schema, store), _ids(database)
    with server(str(DEFINITION), "--database", url, "--search-index") as (port, _, _):
        for case in chosen:
            floor = None if case.floor is None else (case.floor[0].replace("{index}", name), case.floor[1])
            yield _row(replace(case, floor=floor), port, service, database, ids, seconds)


def _ids(database: sqlite3.Connection) -> list[str]:
    return [row[0] for row in database.execute("SELECT id FROM customers")]


def _export_floor(database: sqlite3.Connection) -> float:
    started = perf_counter()
    rows = database.execute("SELECT * FROM customers ORDER BY id").fetchall()
    return len(rows) / (perf_counter() - started)


def _cold_start(directory: Path) -> float:
    times = []
    for _ in range(5):
        with server(str(METADATA), "--database", f"sqlite:///{directory / 'cold.db'}") as (_, _, seconds):
            times.append(seconds)
    return median(times)


def _row(
    case: Case, port: int, service: Service, database: sqlite3.Connection, ids: list[str], seconds: float
) -> dict[str, object]:
    requests = case.requests(ids, Random(3))
    one = load(port, requests, 1, seconds, once=case.once)
    more = case.requests(ids, Random(4)) if case.once else requests
    eight = load(port, more, 8, seconds, once=case.once) if case.name != "delete" else one
    rate = one["count"] / one["seconds"]
    row: dict[str, object] = {
        "case": case.name,
        "1 conn/s": rate,
        "8 conn/s": eight["count"] / eight["seconds"],
        "p50 ms": one["p50"] / 1000,
        "p95 ms": one["p95"] / 1000,
        "rows/s": rate * case.rows,
        "target": case.target,
    }
    if case.floor is not None:
        floor = floor_of(case, database, ids, seconds / 2)
        row["floor/s"] = floor
        row["HTTP %"] = rate / floor * 100
        row["in process %"] = in_process(service, requests, seconds / 2) / floor * 100
    return row


TWINS = twins()

READING = {"documents": document_rows, "pages": page_rows}
"""Measurements of definitions by the word that chooses them."""


def _reading(only: str | None) -> Iterator[dict[str, object]]:
    for name, rows in READING.items():
        if not only or only in name:
            yield from rows()


COLUMNS = (
    "case",
    "1 conn/s",
    "8 conn/s",
    "p50 ms",
    "p95 ms",
    "rows/s",
    "floor/s",
    "HTTP %",
    "in process %",
    "× V4",
    "target",
)


def print_row(row: dict[str, object]) -> None:
    """A line of the table, in Markdown."""
    cells = []
    for column in COLUMNS:
        value = row.get(column, row.get("figure", "") if column == "1 conn/s" else "")
        digits = 2 if column in {"p50 ms", "p95 ms"} else 0
        cells.append(f"{value:,.{digits}f}" if isinstance(value, float) else str(value))
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Runs the chosen cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each measurement runs")
    parser.add_argument("--only", help="a part of the names of the cases to run")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    arguments = parser.parse_args()
    chosen = [case for case in (*CASES, *TWINS, *SEARCHES) if not arguments.only or arguments.only in case.name]
    if not arguments.json:
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        rows = chain(measure(Path(directory), chosen, arguments.seconds) if chosen else (), _reading(arguments.only))
        for row in rows:
            print(json.dumps(row), flush=True) if arguments.json else print_row(row)


if __name__ == "__main__":
    main()
