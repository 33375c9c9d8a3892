"""Changes of many entities under row rules, where what fails fails alone."""

import pytest

from tests.asking import ask
from tests.servers import FAMILIES
from tests.visible import under_rules

V401 = {"odata_version": "4.01"}


@pytest.mark.parametrize("family", FAMILIES)
def test_what_its_writer_would_not_see_fails_alone_where_the_others_go_on(family: str) -> None:
    with under_rules(family) as ruled:

        def failures(method: str, target: str, body: object) -> list[int]:
            answer = ask(ruled, method, target, body, prefer="continue-on-error", **V401)
            assert answer.status == 200, answer.body
            failed = [one.get("@Org.OData.Core.V1.DataModificationException") for one in answer.values]
            return [one["responseCode"] if one else 0 for one in failed]

        changes = [
            {"id": "a", "displayName": "New"},
            {"id": "n", "countryLetterCode": "FR"},
            {"id": "a", "countryLetterCode": "FR"},
            {"id": "o", "countryLetterCode": "DE"},
        ]
        assert failures("PATCH", "Customers", {"value": changes}) == [0, 403, 403, 0]
        shown = ask(ruled, "GET", "Customers?$filter=id in ('a','n','o')&$orderby=id").values
        assert [(one["id"], one["displayName"]) for one in shown] == [("a", "New"), ("o", None)]
        assert failures("PATCH", "Customers/$each", {"countryLetterCode": "FR"}) == [403] * len(
            ask(ruled, "GET", "Customers").values
        )
