"""Files of documentation pages in, the facts of all of them out; many files are read by several processes.

This process reads a share as well: its facts pass through no pipe. Each other one is forked, reads its share and sends
the facts back. No thread is started: a server that forks its workers later must not have any.
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from odata_service.definition.api_page import ApiPage, is_api_page, read_api_page
from odata_service.definition.bounded import read_bounded
from odata_service.definition.enumerations import EnumFacts, read_enumerations
from odata_service.definition.markdown import parse_page
from odata_service.definition.readers import MAX_PAGE_BYTES
from odata_service.definition.resource_page import DEFAULT_NAMESPACE, ResourcePage, namespace_of, read_resource_page
from odata_service.definition.type_cell import page_name
from odata_service.errors import Origin, Problem

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PARALLEL_FROM = 200
"""How many files are worth a second process: below, forking and sending the facts back costs what it saves."""

_BATCH = 25
"""How many files are read in one go: their facts fit into a pipe, so that a process is done before they are taken."""


class PageFacts(Struct):
    """What pages say, in the order of their files."""

    resources: list[ResourcePage] = field(default_factory=list)
    enumerations: list[EnumFacts] = field(default_factory=list)
    apis: list[ApiPage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def extend(self, further: "PageFacts") -> None:
        """Adds the facts of further pages."""
        self.resources += further.resources
        self.enumerations += further.enumerations
        self.apis += further.apis
        self.problems += further.problems


def read_files(files: Sequence[Path]) -> PageFacts:
    """The facts of all files, those of resource pages in the files' order."""
    processes = min(os.cpu_count() or 1, len(files) // PARALLEL_FROM + 1)
    is_safe = hasattr(os, "fork") and threading.active_count() == 1
    facts = PageFacts()
    batches = _batches_of(files)
    read = _in_parallel(batches, processes) if processes > 1 and is_safe else map(_read_batch, batches)
    for _, found in _shown(read, len(files)) if sys.stderr.isatty() else read:
        facts.extend(found)
    return facts


def _shown(read: Iterable[tuple[Sequence[Path], PageFacts]], total: int) -> Iterator[tuple[Sequence[Path], PageFacts]]:
    """What is read, as it comes, with a progress bar for somebody who looks on."""
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # the class is generic for type checkers alone
        """A progress bar without the thread that watches over others: no process that is forked may have one."""

        monitor_interval = 0

    with Bar(total=total, unit=" pages", leave=False) as bar:
        for batch, found in read:
            yield batch, found
            bar.update(len(batch))


def _batches_of(files: Sequence[Path]) -> list[Sequence[Path]]:
    return [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]


def _read_batch(batch: Sequence[Path]) -> tuple[Sequence[Path], PageFacts]:
    facts = PageFacts()
    for file in batch:
        _read_file(file, facts)
    return batch, facts


def _in_parallel(batches: Sequence[Sequence[Path]], processes: int) -> Iterator[tuple[Sequence[Path], PageFacts]]:
    """The batches' facts in order, read by this process and forked ones; each takes every n-th batch."""
    from multiprocessing import get_context

    context = get_context("fork")
    readers: list[Connection] = []
    workers = []
    for share in range(1, processes):
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=_send, args=(sender, batches[share::processes]), daemon=True)
        worker.start()
        sender.close()
        readers.append(receiver)
        workers.append(worker)
    try:
        for place, batch in enumerate(batches):
            share = place % processes
            yield _received(batch, readers[share - 1]) if share else _read_batch(batch)
    finally:
        for receiver in readers:
            receiver.close()
        for worker in workers:
            worker.join()


def _received(batch: Sequence[Path], reader: "Connection") -> tuple[Sequence[Path], PageFacts]:
    """What a process sends; what one that ended early owes is read here."""
    try:
        return batch, reader.recv()
    except EOFError:
        return _read_batch(batch)


def _send(sender: "Connection", batches: Sequence[Sequence[Path]]) -> None:
    """Reads a share of the batches and sends the facts of each."""
    for batch in batches:
        sender.send(_read_batch(batch)[1])
    sender.close()


def _read_file(path: Path, facts: PageFacts) -> None:
    """Adds the facts of a file."""
    file = str(path)
    content, problem = read_bounded(path, MAX_PAGE_BYTES)
    if content is None:
        facts.problems += (problem,) if problem else ()
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        facts.problems.append(Problem("warning", "The file is not UTF-8; it is read as Windows-1252.", Origin(file)))
    page = parse_page(text, file)
    if is_api_page(page):
        facts.apis.append(read_api_page(page))
        return
    resources = read_resource_page(page)
    namespace = resources[0].namespace if resources else namespace_of(page) or DEFAULT_NAMESPACE
    enumerations = tuple(read_enumerations(page, page_name(file), namespace))
    facts.resources += resources
    facts.enumerations += enumerations
    if enumerations and not resources:
        facts.problems += page.problems
