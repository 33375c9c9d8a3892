"""A load that is stopped in the middle: what was committed is told and stays, and another run comes to the same end."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from odata_service.errors import InsufficientStorage
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.transfer import LoadStopped, load_files, row_files
from odata_service.transfer.load import BATCH
from tests.disks import limited
from tests.migrating import opened, place
from tests.models import METADATA, company_schema, customer_schema
from tests.servers import FAMILIES
from tests.serving import ROOT

ROWS = 3 * BATCH


def written(directory: Path, rows: int = ROWS, spoilt: int = 0) -> Path:
    """A file of customers; one of its lines breaks off."""
    file = directory / "Customers.jsonl"
    lines = [json.dumps({"id": f"{number:06}", "displayName": f"Customer {number}"}) for number in range(1, rows + 1)]
    if spoilt:
        lines[spoilt - 1] = '{"id":'
    file.write_text("\n".join(lines) + "\n")
    return file


def load_command(file: Path, url: str) -> list[str]:
    return [sys.executable, "-m", "odata_service", "load", str(METADATA), "--data", str(file), "--database", url]


def ended(file: Path, url: str) -> tuple[int, str]:
    """How the command ends, and what it says on standard error."""
    done = subprocess.run(load_command(file, url), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.fixture(params=FAMILIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[DatabaseStore]:
    """A store with its tables."""
    made = open_store(url, customer_schema(), Settings(track_changes=False))
    made.create()
    yield made
    made.close()


def names_in(store: DatabaseStore) -> list[tuple[object, ...]]:
    """All keys with their names, in order."""
    quoted = store.mapping.family.dialect.quoted
    statement = f"SELECT {quoted('id')}, {quoted('displayName')} FROM {quoted('Customers')} ORDER BY {quoted('id')}"
    return list(map(tuple, store.connection().execute(statement).fetchall()))


def names(rows: int) -> list[tuple[object, ...]]:
    return [(f"{number:06}", f"Customer {number}") for number in range(1, rows + 1)]


def killed(store: DatabaseStore, file: Path, url: str, least: int, pause: float = 0) -> None:
    """Loads in another process, which is killed when so many rows are there, and a while behind that."""
    process = subprocess.Popen(load_command(file, url), cwd=ROOT)
    deadline = monotonic() + 20
    while len(names_in(store)) < least and process.poll() is None:
        assert monotonic() < deadline, "nothing is loaded"
        sleep(0.01)
    sleep(pause)
    process.kill()
    process.wait()


def test_kill_9_leaves_whole_batches_and_another_run_comes_to_the_same_end(
    store: DatabaseStore, url: str, tmp_path: Path
) -> None:
    file = written(tmp_path)
    killed(store, file, url, 1)
    found = names_in(store)
    assert found == names(len(found))
    assert len(found) in range(BATCH, ROWS, BATCH)
    assert ended(file, url) == (0, "")
    assert names_in(store) == names(ROWS)


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_whole_batches(store: DatabaseStore, url: str, tmp_path: Path) -> None:
    file, chance = written(tmp_path), Random(5)
    for _ in range(8):
        killed(store, file, url, 0, 0.2 + chance.random())
        found = names_in(store)
        assert (found, len(found) % BATCH) == (names(len(found)), 0)
    assert ended(file, url) == (0, "")
    assert names_in(store) == names(ROWS)


def test_a_file_that_breaks_off_is_loaded_up_to_the_line_that_is_told(tmp_path: Path) -> None:
    file, url = written(tmp_path, spoilt=BATCH + 7), f"sqlite:///{tmp_path / 'x.db'}"
    code, said = ended(file, url)
    assert (code, said.splitlines()) == (
        1,
        [
            f"{file}:{BATCH + 7}: Expecting value at column 1.",
            f"{BATCH} rows are loaded, up to {file}:{BATCH}. Once the cause is mended run this again: what is there "
            "already is changed by its key.",
        ],
    )
    with opened(url, customer_schema()) as store:
        assert names_in(store) == names(BATCH)


@pytest.mark.parametrize("atomic", [False, True])
def test_a_full_disk_ends_a_load_and_what_is_told_is_there(tmp_path: Path, atomic: bool) -> None:
    file = written(tmp_path)
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}", customer_schema(), Settings(track_changes=False))
    store.create()
    limited(store, 120)
    with pytest.raises(LoadStopped, match="disk is full") as stopped:
        load_files(store, row_files([file]), atomic=atomic)
    report = stopped.value.report
    assert isinstance(stopped.value.__cause__, InsufficientStorage)
    assert names_in(store) == names(report.loaded)
    assert (report.loaded, report.last) == ((0, None) if atomic else (BATCH, (file, BATCH)))
    limited(store, 10_000)
    assert load_files(store, row_files([file])).loaded == ROWS
    assert names_in(store) == names(ROWS)
    store.close()


def test_a_full_disk_is_told_where_rows_have_parts(tmp_path: Path) -> None:
    """Their batches stand behind savepoints, which a full disk ends with the transaction."""
    file = tmp_path / "People.jsonl"
    file.write_text("".join(json.dumps({"id": f"p{number}"}) + "\n" for number in range(BATCH)))
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}", company_schema(), Settings(track_changes=False))
    store.create()
    limited(store, 4)
    with pytest.raises(LoadStopped, match="disk is full") as stopped:
        load_files(store, row_files([file]))
    assert (stopped.value.report.loaded, stopped.value.report.last) == (0, None)
    store.close()


TOUCH = 'UPDATE "Customers" SET "domain" = \'x\' WHERE "id" = %s'
HELD_UP = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
"""How many wait for the transaction that asks."""


@pytest.mark.slow
def test_another_transaction_in_the_way_of_a_batch_ends_no_load(tmp_path: Path) -> None:
    """Where a server ends one of two transactions, the batch is run again."""
    with place("postgresql", tmp_path) as url:
        store, other = (open_store(url, customer_schema(), Settings(track_changes=False)) for _ in range(2))
        with closing(store), closing(other), ThreadPoolExecutor(1) as beside:
            store.create()
            files = row_files([written(tmp_path, BATCH)])
            load_files(store, files)
            with other.transaction():
                own = other.connection()
                own.execute(TOUCH, (f"{BATCH:06}",))
                loading = beside.submit(load_files, store, files)
                while own.execute(HELD_UP).fetchone() == (0,) and not loading.done():
                    sleep(0.01)
                own.execute(TOUCH, (f"{1:06}",))  # the server ends who has waited longer
            assert loading.result().loaded == BATCH
            beside.submit(store.close).result()
