"""OpenUI5's models of V4 and V2, and tables bound to them, in a browser, on a page of another origin."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.clients.installed import HERE, directory_of
from tests.clients.pages import served_pages
from tests.serving import served

pytestmark = pytest.mark.clients

STAFF = HERE / "openui5"
_V2: dict[str, Any] = {
    "metadata": "Customer",
    "read": "Name 1",
    "dates": "2024-01-02T10:00:00.000Z",
    "filter": ["c01", "c10"],
    "sort": ["c09", "c08", "c07"],
    "page": [["c06", "c07", "c08"], "12"],
    "count": "12",
    "list": [["c01", "c04", "c07"], 4],
    "create": "Made",
    "update": ["Changed", 7],
    "etag": 412,
    "delete": 404,
}
_TABLE: dict[str, Any] = {
    "read": ["c01", "c02", "c03", "c04", "c05"],
    "page": ["c06", "c07", "c08", "c09", "c10"],
    "sort": ["c09", "c08", "c07", "c06", "c05"],
    "filter": ["c12", "c11", "c10", "c01"],
    "update": ["Zwolle", 7, "Zwolle"],
    "delete": ["NotFound", False],
}
SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c10"],
    "v4-dates": ["c03", "c04"],
    "v4-caseless": ["c04"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c06", "c07", "c08"], 12],
    "v4-count": 12,
    "v4-search": ["c04"],
    "v4-create": ["Made", "/Customers('u-v4')"],
    "v4-update": ["Changed", 7],
    "v4-etag": 412,
    "v4-delete": 404,
    "v4-aggregate": [["DE", "6"], ["FR", "6"], ["NL", "6"]],
    "v4-totals": ["18", "6", "6", "6"],
    **{f"v4 table-{feature}": seen for feature, seen in _TABLE.items()},
    "v4 table-count": "12",
    "v4 table-create": "t-v4",
    "v4 table-etag": ["Zwolle", "Zwolle"],
    "v4 table-aggregate": ["DE", "6", "FR", "6", "NL", "6"],
    **{f"v2 table-{feature}": seen for feature, seen in _TABLE.items()},
    "v2 table-count": 12,
    "v2 table-create": "t-v2",
    "v2 table-etag": [412, "Zwolle"],
    **{f"v2-{feature}": seen for feature, seen in _V2.items()},
    "v2-calls": ["1,2,3,4,5,6,7,8,9", 9, "2024-02-29 True", "204"],
    "v2-bound calls": ["102", "412", "2,3"],
    "v2-along": "Department 3",
    "v2-operators": ["1,2,3,5,6,7,8,9", "2,3,4,5,6,7,9", "1,8,9", "1,2", "1,2,3", "4"],
    "v2-search": "5",
    "v2-deep create": ["/Orders('O1')", ["of I1", "of I2"]],
    "v2-batch": [True, ["200", "201"], "301.5"],
    "v2-error": [
        [["/Employees('2')/Name", "Property 'Name': The text has 30 characters, and at most 20 are allowed."]],
        "Name 1",
    ],
    "v2-streams": ["ä 1.txt", "text/plain", "second"],
    "v2-tree": ["1,8", "2,3"],
    "v2-annotations": ["Name", "Currency"],
    "v2 by the V4 model-read": ["2022-01-01", "02:00:00", "201.5", "Department 3"],
    "v2 by the V4 model-filter": ["1,2", "8,9", "4", "3,6,9"],
    "v2 by the V4 model-create": ["/Departments(70)", "new"],
    "v2 by the V4 model-update": "newer",
    "v2 by the V4 model-delete": None,
    "v2 by the V4 model-calls": {"value": "2024-02-29 True"},
    "v2 by the V4 model-annotations": [{"$Path": "Currency"}, {"$Path": "Name"}],
    "v4-calls": ["4", 9, "2024-02-29 False", {}],
    "v4-bound calls": ["502.5", 412, "3,2"],
    "v4-operators": ["2", "2,3,4,5,6,7,8,9", "1,8,9"],
    "v4-deep create": ["/Orders('O4')", ["of I8", "of I9"]],
    "v4-batch": [True, "50,51,1,2,3,9", "1,2,3,9"],
    "v4-error": ["/Employees('2')/Name", "/Employees('2')/Name", "/Employees('2')/Hired"],
    "v4-tree": [
        "1:1+ 1:8+",
        "1:1- 2:2+ 2:3+ 1:8+",
        "1:1- 2:2- 3:4+ 3:5 2:3+ 1:8+",
        "1:1+ 1:8+",
        "1:1- 2:2- 3:4- 4:7",
        "1:1- 2:22 2:2+ 2:3+ 1:8- 2:9",
        "1",
    ],
    "v4-levels": [
        [
            [0, "", "", "", "400.5"],
            [1, 1, "EUR", "", "301.5"],
            [1, 2, "", "", "400.5"],
            [1, 3, "USD", "", "201.5"],
        ],
        [[1, 1, "EUR", "", "301.5"], [2, 1, "EUR", "3", "301.5"], [1, 2, "", "", "400.5"]],
    ],
    **{f"v2 without batch-{feature}": seen for feature, seen in _V2.items()},
}


@pytest.fixture(scope="module")
def seen(seen_on_page: Callable[[str], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory_of("openui5")
    directory = tmp_path_factory.mktemp("staff")
    with ThreadPoolExecutor() as pool:
        staff = pool.submit(_seen_of_staff, directory)
        return {**seen_on_page("openui5"), **staff.result()}


def _seen_of_staff(directory: Path) -> dict[str, Any]:
    write_staff(directory / "rows")
    arguments = ("--data", str(directory / "rows"), "--code", str(STAFF / "staff.py"))
    with (
        served_pages(HERE) as pages,
        served(directory / "staff.db", *arguments, "--cors-origin", pages.origin, source=STAFF / "staff.xml") as (
            base_url,
            _,
        ),
    ):
        return pages.seen_by("openui5", base_url, directory / "browser", "staff.html")


def write_staff(directory: Path) -> None:
    """Writes the files that the server loads: nine employees in two trees, and three departments."""
    directory.mkdir(exist_ok=True)
    managers = {1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 4, 8: None, 9: 8}
    levels = {1: 0, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 0, 9: 1}
    employees = [
        {
            "ID": str(number),
            "Name": f"Name {number}",
            "ManagerID": None if manager is None else str(manager),
            "Level": levels[number],
            "DrillState": "expanded" if number in managers.values() else "leaf",
            "Salary": f"{number}00.50",
            "Currency": "EUR" if number % 2 else "USD",
            "Hired": f"202{number}-01-01",
            "Starts": f"0{number}:00:00",
            "Active": False,
            "DepartmentID": number % 3 + 1,
        }
        for number, manager in managers.items()
    ]
    departments = [{"ID": number, "Name": f"Department {number}"} for number in (1, 2, 3)]
    (directory / "Employees.json").write_text(json.dumps(employees), "utf-8")
    (directory / "Departments.json").write_text(json.dumps(departments), "utf-8")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
