"""Runs the tests of clients and writes the table of docs/clients.md: `python -m tests.clients.report`."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "clients.md"
RESULTS = HERE / "results.json"
CLIENTS = {
    "openui5": "OpenUI5",
    "sap_cloud_sdk": "SAP Cloud SDK",
    "edmx_parser": "SAP's edmx-parser",
    "cap": "SAP CAP",
    "odata_library": "SAP's odata-library",
    "odata2ts": "odata2ts",
    "odata_client": "@odata/client",
    "devextreme": "DevExtreme",
    "syncfusion": "Syncfusion",
    "kendo": "Kendo UI",
    "breeze": "Breeze",
    "jaydata": "JayData",
    "odatajs": "odatajs",
    "datajs": "datajs",
    "o_js": "o.js and odata-query",
    "angular_odata": "angular-odata",
    "openapi_typescript": "openapi-typescript",
    "ts_odata_client": "ts-odata-client",
    "dynamics_web_api": "DynamicsWebApi",
    "graph_client": "Microsoft Graph client",
    "msgraph": "msgraph-sdk for Python",
    "msgraph_core": "msgraph-core for Python",
    "graph_session": "msgraph-core 0.2 for Python",
    "office365": "Office365-REST-Python-Client",
    "ag_grid_odata": "ag-grid-odata",
    "python_odata": "python-odata",
    "sqlalchemy_odata": "sqlalchemy-odata",
    "odatapy": "odatapy",
    "openapi_python_client": "openapi-python-client",
    "pyodata": "pyodata",
    "pyslet": "pyslet",
    "power_query": "Power Query, replayed",
}
COLUMNS: Mapping[str, frozenset[str]] = {
    "generate": frozenset({"generate", "compile", "metadata", "annotations", "restrictions"}),
    "read": frozenset({"read", "key", "select", "along"}),
    "filter": frozenset({"filter", "contains", "starts", "caseless", "numbers", "set", "dates", "date", "operators"}),
    "sort": frozenset({"sort"}),
    "page": frozenset({"page", "next link", "iterator", "list"}),
    "count": frozenset({"count", "total"}),
    "search": frozenset({"search"}),
    "aggregate": frozenset({"aggregate", "totals", "levels"}),
    "tree": frozenset({"tree"}),
    "create": frozenset({"create", "deep create"}),
    "update": frozenset({"update"}),
    "ETag": frozenset({"etag"}),
    "delete": frozenset({"delete"}),
    "batch": frozenset({"batch", "batches"}),
    "links": frozenset({"references", "members"}),
    "calls": frozenset({"calls", "bound calls"}),
    "streams": frozenset({"streams"}),
    "delta": frozenset({"delta"}),
    "errors": frozenset({"error"}),
}
"""The columns of the table, and the features that each is made of."""

_BETWEEN = re.compile(r"(?<=<!-- features -->\n).*?(?=<!-- end of features -->)", re.DOTALL)
_OF_A_CLIENT = re.compile(r"test_(\w+)\.py::")
_OF_A_SCRIPT = re.compile(r"::test_a_feature_works\[(.+)\]$")
Results = Mapping[str, Mapping[str, str]]
"""What came of each feature, by client and version: `passed`, `failed` or `skipped`."""


def main() -> int:
    """Runs the tests, records what came of them, and writes the table; 1 where one has not passed."""
    recorder = _Recorder()
    pytest.main(["-q", "-m", "client or clients", str(HERE)], plugins=[recorder])
    RESULTS.write_text(json.dumps(recorder.results, indent=1, sort_keys=True) + "\n", "utf-8")
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(_BETWEEN.sub(lambda _: table(recorder.results), text), "utf-8")
    return int(any(outcome != "passed" for found in recorder.results.values() for outcome in found.values()))


def results() -> Results:
    """What the last run recorded."""
    recorded: Results = json.loads(RESULTS.read_text("utf-8"))
    return recorded


def features_of(tests: ModuleType) -> set[str]:
    """What tests of a client record: what its script saw, or what the tests are marked with."""
    marks = (
        mark for part in vars(tests).values() for mark in getattr(part, "pytestmark", ()) if mark.name == "feature"
    )
    return {*getattr(tests, "SEEN", ()), *(mark.args[0] for mark in marks)}


def table(found: Results) -> str:
    """The table of clients and features in Markdown."""
    return "".join(_lines(found))


def _lines(found: Results) -> Iterator[str]:
    yield f"| client | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}\n"
    for client, shown in CLIENTS.items():
        for name, outcomes in sorted(found.items()):
            file, _, version = name.partition(" ")
            if file == client:
                cells = " | ".join(_cell(outcomes, parts) for parts in COLUMNS.values())
                yield f"| {shown}, {version.replace('v', 'V', 1)} | {cells} |\n"


def _cell(outcomes: Mapping[str, str], parts: frozenset[str]) -> str:
    known = {outcome for feature, outcome in outcomes.items() if feature in parts}
    return "" if not known else "yes" if known == {"passed"} else "no"


class _Recorder:
    """A plugin of pytest that keeps what came of each feature: of its tests the first that has not passed."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, str]] = {}
        self._marked: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            mark = item.get_closest_marker("feature")
            if mark is not None:
                self._marked[item.nodeid] = mark.args[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told, client = _OF_A_SCRIPT.search(report.nodeid), _OF_A_CLIENT.search(report.nodeid)
        name = told[1] if told else self._marked.get(report.nodeid)
        if name is None or client is None or (report.when != "call" and report.outcome == "passed"):
            return
        version, _, feature = name.rpartition("-")
        known = self.results.setdefault(f"{client[1]} {version}", {})
        if known.get(feature, "passed") == "passed":
            known[feature] = report.outcome


if __name__ == "__main__":
    sys.exit(main())
