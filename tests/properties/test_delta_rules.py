"""Under a row rule whoever follows delta links knows what it would read, and hears of nothing that it never saw."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from odata_service.edm.annotations import LOGGED, Annotation
from odata_service.service import Principal, Request, Service
from odata_service.settings import Settings
from tests.asking import ROOT, Answer, ask, service_of
from tests.laws import examples
from tests.migrating import a, items
from tests.servers import FAMILIES, database_url

KEYS = ("a", "b", "c")
RULE = "owner eq @me or rank gt 2"
_OWNER = st.sampled_from(["ann", "bob", None])
_CHANGE = st.tuples(
    st.sampled_from(["put", "patch", "delete", "sized"]), st.sampled_from(KEYS), _OWNER, st.integers(0, 4)
)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Items that callers see who own them, or all if they rank high."""
    logged = (Annotation(LOGGED, value=True),)
    owner, rank = (replace(part, annotations=logged) for part in (a("owner"), a("rank", "Int32")))
    schema = items(a("size", "Int32"), owner, rank)
    with database_url(request.param) as url, service_of(schema, Settings(track_changes=True), url) as made:

        @made.authenticate("Bearer")
        def known(asked: Request) -> Principal:
            return Principal(asked.headers.get("authorization", "root"))

        @made.rows("Items")
        def own(principal: Principal | None) -> Any:
            assert principal is not None
            return None if principal.name == "root" else (RULE, {"me": principal.name})

        yield made


def _act(service: Service, kind: str, key: str, owner: str | None, number: int) -> None:
    match kind:
        case "put":
            ask(service, "PUT", f"Items('{key}')", {"owner": owner, "rank": number, "size": number})
        case "patch":
            ask(service, "PATCH", f"Items('{key}')", {"owner": owner})
        case "sized":
            ask(service, "PATCH", f"Items('{key}')", {"size": number})
        case _:
            ask(service, "DELETE", f"Items('{key}')")


def _seen(service: Service, query: str = "") -> dict[str, Any]:
    answer = ask(service, "GET", f"Items{query}", authorization="ann", odata_maxversion="4.01")
    return {item["id"]: item for item in answer.values}


def _followed(service: Service, link: str, prefer: str) -> Iterator[Answer]:
    while True:
        answer = ask(service, "GET", link, authorization="ann", odata_maxversion="4.01", prefer=prefer)
        assert answer.status == 200, answer.body
        yield answer
        if "@odata.nextLink" not in answer.json:
            return
        link = answer.json["@odata.nextLink"].removeprefix(ROOT)


@pytest.mark.parametrize("where", ["", "?$filter=size gt 1"])
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(_CHANGE, max_size=6),
    rounds=st.lists(st.lists(_CHANGE, max_size=5), min_size=1, max_size=3),
    size=st.sampled_from([1, 100]),
)
def test_what_is_told_is_what_was_seen_or_is_seen(
    service: Service,
    where: str,
    before: list[tuple[str, str, str | None, int]],
    rounds: list[list[tuple[str, str, str | None, int]]],
    size: int,
) -> None:
    for change in before:
        _act(service, *change)
    prefer = f"track-changes,maxpagesize={size}"
    pages = list(_followed(service, f"Items{where}", prefer))
    known = {item["id"]: item for page in pages for item in page.values}
    for changes in rounds:
        seen = set(_seen(service))
        for change in changes:
            _act(service, *change)
            seen |= set(_seen(service))
        pages = list(_followed(service, pages[-1].json["@odata.deltaLink"].removeprefix(ROOT), prefer))
        for item in (item for page in pages for item in page.values):
            if "@removed" not in item:
                known[item["id"]] = item
                continue
            key = item["@id"].partition("'")[2][:-2]
            assert key in seen
            known.pop(key, None)
        assert {key: _bare(item) for key, item in known.items()} == {
            key: _bare(item) for key, item in _seen(service, where).items()
        }


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if not name.startswith("@")}
