"""Requests that mean harm are answered at once, as wanted, tell nothing, and change nothing.

The cases are those of `abuse-cases.jsonl` among the reference data.
"""

import json
from collections.abc import Iterator

import pytest

from tests.asking import Answer
from tests.reference import reference, reference_rows
from tests.reliability.hostile import Case, Reply, faults, reply_to
from tests.serving import fetch, served

CASES = reference_rows("abuse-cases.jsonl")
SEEDS: list[dict[str, object]] = [
    {"displayName": "100% sure", "domain": "a.example.com", "contractType": 1, "countryLetterCode": "DE"},
    {"displayName": "under_score", "domain": "b.example.com", "contractType": 2, "countryLetterCode": "FR"},
    {"displayName": "back\\slash", "domain": "c.example.com", "contractType": 2147483647},
    {"displayName": "O'Brien", "domain": "d.example.com", "contractType": -2147483648, "countryLetterCode": "IE"},
    {"displayName": "<script>alert(1)</script>", "domain": "e.example.com", "contractType": 0},
    {"displayName": "=1+1", "domain": "f.example.com", "countryLetterCode": "us"},
    {"displayName": "Ångström 🚀", "contractType": 7, "countryLetterCode": "SE"},
    {"displayName": "plain", "domain": "xn--h.example.com", "contractType": 7, "countryLetterCode": "[a-z]"},
]
"""The customers that the cases count on: their keys are abuse-seed-0 and so on."""


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    reference("abuse-cases.jsonl")
    with served(tmp_path_factory.mktemp("hostile") / "x.db") as (url, _):
        for number, seed in enumerate(SEEDS):
            body = {"id": f"abuse-seed-{number}", "isDeleted": number == 1, **seed}
            sent = json.dumps(body).encode()
            assert fetch(f"{url}Customers", "POST", sent, {"Content-Type": "application/json"}).status == 201
        yield url


def content(base_url: str) -> list[dict[str, object]]:
    """All customers, without their ETags: a change that changes nothing may make new ones."""
    found = fetch(f"{base_url}Customers?$orderby=id").values
    return [{name: value for name, value in entity.items() if "@" not in name} for entity in found]


@pytest.mark.client
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_hostile_request_gets_what_it_deserves(case: Case, base_url: str) -> None:
    before = content(base_url)
    reply = reply_to(case, base_url)
    assert list(faults(case, reply)) == []
    for leftover in case.get("cleanup", ()):
        fetch(f"{base_url}{leftover}", "DELETE")
    assert content(base_url) == before


def test_what_is_wrong_with_a_reply_is_said() -> None:
    case = {"method": "GET", "path": "", "expect": "200|404", "must_not": "500|hang>2s", "present": ["nowhere"]}
    told = Answer(400, {"content-type": "text/plain"}, b"sqlite3.Error")
    assert list(faults(case, Reply(told, 2.5))) == [
        "status 400, not 200|404",
        "took 2.5 seconds",
        "internals are told: 'sqlite3.'",
        "'nowhere' is missing",
        "no OData error: 'sqlite3.Error'",
    ]
