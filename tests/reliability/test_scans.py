"""A client that goes through a collection page by page while others write: what lives all along comes exactly once."""

from pathlib import Path
from random import Random

import pytest

from tests.asking import ask, service_of
from tests.models import customer_schema

ROWS, PAGE = 120, 7


@pytest.mark.parametrize("order", ["", "&$orderby=displayName desc", "&$orderby=displayName,id desc"])
def test_what_lives_through_a_scan_comes_exactly_once(tmp_path: Path, order: str) -> None:
    chance = Random(order)
    with service_of(customer_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        living = {f"k{number:03}" for number in range(ROWS)}
        for key in living:
            assert ask(service, "POST", "Customers", {"id": key, "displayName": f"n{key[-1]}"}).status == 201
        touched: set[str] = set()
        seen: list[str] = []
        target = f"Customers?$select=id{order}"
        for page in range(50):
            answer = ask(service, "GET", target, prefer=f"odata.maxpagesize={PAGE}")
            seen += answer.column("id")
            for key in chance.sample(sorted(living - touched), 2):
                assert ask(service, "DELETE", f"Customers('{key}')").status == 204
                touched.add(key)
            for place in ("a", "k050", "z"):
                body = {"id": f"{place}-{page}", "displayName": f"n{page % 10}"}
                assert ask(service, "POST", "Customers", body).status == 201
            if "@odata.nextLink" not in answer.json:
                break
            target = answer.json["@odata.nextLink"].removeprefix("http://host/")
        assert len(seen) == len(set(seen))
        assert living - touched <= set(seen)
