"""What a client knew, and what a delta link then tells it, are what it would read: after any writes, by anybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from tests.asking import ROOT, Answer, ask, service_of
from tests.migrating import a, items
from tests.servers import FAMILIES, database_url

KEYS = ("a", "B", "é'/ 1", "z")
FILTERS = ("", "size gt 1", "startswith(name,'x')", "name eq null or size eq null", "not (size le 2 and name ne 'x')")
SHAPES = ("", "id", "size", "name,size")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A service that tracks one set, and plain SQL beside it."""

    service: Service
    store: DatabaseStore

    def write(self, statement: str, *values: object) -> None:
        """A write of somebody else; names stand in brackets, placeholders are question marks."""
        dialect = self.store.mapping.family.dialect
        text = statement.replace("[", dialect.quote).replace("]", dialect.quote).replace("?", dialect.placeholder)
        self.store.connection().execute(text, values)  # type: ignore[arg-type]  # the test writes what columns keep


@pytest.fixture(scope="module", params=FAMILIES)
def tracked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
    folder: Path = tmp_path_factory.mktemp("delta")
    with database_url(request.param) as url:
        place = url if request.param != "sqlite" else f"sqlite:///{folder / 'x.db'}"
        with service_of(items(a("name"), a("size", "Int32")), Settings(track_changes=True), place) as service:
            assert isinstance(service.store, DatabaseStore)
            yield Tracked(service, service.store)


_KEY = st.sampled_from(KEYS)
_NAME = st.none() | st.sampled_from(["x", "xy", "", "n"])
_SIZE = st.none() | st.integers(0, 4)
_CHANGE = st.tuples(st.sampled_from(["put", "patch", "delete", "sql", "moved", "gone"]), _KEY, _KEY, _NAME, _SIZE)


def _act(tracked: Tracked, kind: str, key: str, other: str, values: dict[str, object]) -> None:
    url = "Items('" + key.replace("'", "''").replace("/", "%2F").replace(" ", "%20") + "')"
    match kind:
        case "put":
            assert ask(tracked.service, "PUT", url, values).status in {200, 201, 204}
        case "patch":
            assert ask(tracked.service, "PATCH", url, values).status in {200, 201, 204}
        case "delete":
            assert ask(tracked.service, "DELETE", url).status in {204, 404}
        case "sql":
            tracked.write("UPDATE [Items] SET [name] = ?, [size] = ?", *values.values())
        case "moved" if key != other:
            tracked.write("DELETE FROM [Items] WHERE [id] = ?", other)
            tracked.write("UPDATE [Items] SET [id] = ? WHERE [id] = ?", other, key)
        case "gone":
            tracked.write("DELETE FROM [Items] WHERE [id] = ?", key)
        case _:
            pass


def _pages(tracked: Tracked, answer: Answer, size: int) -> Iterator[Answer]:
    yield answer
    while "@odata.nextLink" in answer.json:
        target = answer.json["@odata.nextLink"].removeprefix(ROOT)
        answer = ask(tracked.service, "GET", target, accept=FULL, prefer=f"maxpagesize={size}")
        assert answer.status == 200, answer.body
        yield answer


FULL = "application/json;odata.metadata=full"


def _known(known: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    """What is known behind what is told, by the id of each entity."""
    after = dict(known)
    for item in items:
        if "reason" in item:
            after.pop(ROOT + item["id"], None)
        else:
            after[item["@odata.id"]] = item
    return after


@pytest.mark.parametrize("size", [2, 100])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(_CHANGE, max_size=6),
    rounds=st.lists(st.lists(_CHANGE, max_size=5), min_size=1, max_size=3),
    where=st.sampled_from(FILTERS),
    select=st.sampled_from(SHAPES),
)
def test_what_was_known_and_what_is_told_is_what_is_there(
    tracked: Tracked,
    size: int,
    before: list[tuple[str, str, str, str | None, int | None]],
    rounds: list[list[tuple[str, str, str, str | None, int | None]]],
    where: str,
    select: str,
) -> None:
    query = "&".join(f"${name}={value}" for name, value in (("filter", where), ("select", select)) if value)
    for kind, key, other, name, number in before:
        _act(tracked, kind, key, other, {"name": name, "size": number})
    prefer = f"track-changes,maxpagesize={size}"
    first = list(_pages(tracked, ask(tracked.service, "GET", f"Items?{query}", accept=FULL, prefer=prefer), size))
    known = _known({}, [item for page in first for item in page.values])
    link = first[-1].json["@odata.deltaLink"]
    for changes in rounds:
        for kind, key, other, name, number in changes:
            _act(tracked, kind, key, other, {"name": name, "size": number})
        told = ask(tracked.service, "GET", link.removeprefix(ROOT), accept=FULL, prefer=f"maxpagesize={size}")
        assert told.status == 200, told.body
        pages = list(_pages(tracked, told, size))
        items_told = [item for page in pages for item in page.values]
        ids = [item.get("@odata.id", ROOT + item.get("id", "")) for item in items_told]
        assert len(ids) == len(set(ids))
        known, link = _known(known, items_told), pages[-1].json["@odata.deltaLink"]
        now = ask(tracked.service, "GET", f"Items?{query}", accept=FULL)
        assert known == _known({}, now.values)
