"""Requests of OData V2 beside those of V4 that ask for the same, in turn: what the one costs for the other.

The cost is processor time of the server over HTTP, the least of many short rounds: of what else the machine does, which
costs both time in caches, some are free.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from random import Random
from urllib.parse import quote, unquote

from benchmarks.cases import CASES, Case, Target

_SPELLINGS = (
    (re.compile(r"contains\((\w+),('[^']*')\)"), r"substringof(\2,\1)"),
    (re.compile(r"\b(\d{4}-\d\d-\d\dT[\d:.]+Z)"), r"datetimeoffset'\1'"),
    (re.compile(r"\$count=true"), "$inlinecount=allpages"),
)
"""What V4 and V2 spell differently in the URLs of the cases."""
_METHODS = {"PATCH": "MERGE"}
_ASKED = (
    "one by key",
    "$top=100",
    "$top=1000",
    "contains + top 100",
    "filter by date + order",
    "select 5 + top 1000",
    "/$count",
    "top 100 with count",
    "expand to-one, 100",
    "expand to-many",
    "create",
    "update",
    "$metadata",
)
_ROUNDS = 25
_CREATES = 300
"""So many requests of a round that are not repeated."""

Load = Callable[[list[Target]], dict[str, float]]
"""Runs requests over HTTP on one connection, and gives what the load generator does."""


def twins() -> list[Case]:
    """The cases that are asked in V2 too, under V2's name."""
    return [replace(case, name=f"V2 {case.name}", target="1.3 × V4") for case in CASES if case.name in _ASKED]


def twin_row(case: Case, ids: list[str], load: Load, pid: int) -> dict[str, object]:
    """A row for a case: V2's rates, and how many times the cost of V4 it has; `pid` is the server's."""
    seeds = iter(range(100))
    four: list[float] = []
    two: list[float] = []
    rates: list[dict[str, float]] = []
    most = _CREATES if case.once else None
    for _ in range(_ROUNDS):
        four.append(_cost(case.requests(ids, Random(next(seeds)))[:most], load, pid)[0])
        asked = case.requests(ids, Random(next(seeds)))[:most]
        cost, rate = _cost([_in_v2(each) for each in asked], load, pid)
        two.append(cost)
        rates.append(rate)
    best = min(rates, key=lambda rate: rate["p50"])
    return {
        "case": case.name,
        "1 conn/s": best["count"] / best["seconds"],
        "p50 ms": best["p50"] / 1000,
        "p95 ms": best["p95"] / 1000,
        "rows/s": case.rows * best["count"] / best["seconds"],
        "× V4": f"{min(two) / min(four):.2f}",
        "target": case.target,
    }


def _cost(requests: list[Target], load: Load, pid: int) -> tuple[float, dict[str, float]]:
    """Seconds of the server's processors for one request, and what the load generator tells."""
    started = _processor_seconds(pid)
    rate = load(requests)
    return (_processor_seconds(pid) - started) / rate["count"], rate


def _processor_seconds(pid: int) -> float:
    """What a process and its children have had of the processors."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    tasks = chain.from_iterable(Path(f"/proc/{process}/task").glob("*/schedstat") for process in (pid, *children))
    return sum(int(task.read_text("ascii").split()[0]) for task in tasks) / 1e9


def _in_v2(target: Target) -> Target:
    method, url, body = target
    text = unquote(url)
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return _METHODS.get(method, method), quote(f"/v2{text}", safe="/?&=$'(),"), body
