"""SAP's edmx-parser and annotation-converter, by which tools for Fiori read $metadata: customers with terms of SAP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.installed import HERE, directory_of, seen_by
from tests.serving import served

pytestmark = pytest.mark.clients

NAVIGATION = [
    ["Category", "Category", False],
    ["Descriptions", "ProductDescription", True],
    ["RelatedProducts", "Product", True],
]
SEEN: dict[str, Any] = {
    "v4-metadata": ["4.0", "ComplianceService", True, ["ID"], NAVIGATION, "Address", 3, ["Company"], []],
    "v4-annotations": [
        ["displayName", "countryLetterCode", ["cosmosCreatedDateTimeUTC"]],
        "UI.ImportanceType/High",
        ["Customer", "displayName"],
        ["countryLetterCode", "contractType"],
        "Name",
    ],
    "v4-restrictions": [False, False],
    "v2-metadata": ["1.0", ["Customers"], ["id"], 16, "Edm.DateTimeOffset"],
    "v2-annotations": ["A customer whom a partner looks after.", "Name"],
}


@pytest.fixture(scope="module")
def seen(catalogue: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("edmx_parser")
    database = tmp_path_factory.mktemp("edmx") / "customers.db"
    with served(database, str(HERE / "edmx_parser" / "ui.csdl.xml")) as (base_url, _):
        yield seen_by("edmx_parser", base_url, catalogue)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
