"""A law of row files: what is exported and loaded into an empty database is there as it was (round trip)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.transfer import Pages, export_rows, load_files, row_files
from tests.asking import ask
from tests.models import every_schema
from tests.properties.every_value import entities

SCHEMA = every_schema()
EXACT = "application/json;IEEE754Compatible=true"
LAW = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],  # files are long to shrink, and say by themselves what is wrong
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Place(NamedTuple):
    """A database and the service over it."""

    store: DatabaseStore
    service: Service


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[Place, Place]]:
    """Where rows come from and where they go to."""
    both = open_store("sqlite://", SCHEMA), open_store("sqlite://", SCHEMA)
    for store in both:
        store.create()
    source, target = (Place(store, Service(SCHEMA, store, Settings())) for store in both)
    yield source, target
    for store in both:
        store.close()


def shown(service: Service, entity_set: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in entity.items() if name != "@odata.etag"}
        for entity in ask(service, "GET", entity_set, accept=EXACT).values
    ]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@pytest.mark.parametrize(("entity_set", "name"), [("Scalars", "Scalar"), ("Manies", "Many"), ("Things", "Thing")])
@LAW
@given(data=st.data())
def test_what_is_exported_is_loaded(
    places: tuple[Place, Place],
    tmp_path: Path,
    data: st.DataObject,
    entity_set: str,
    name: str,
    ending: str,
) -> None:
    source, target = places
    for place in places:
        ask(place.service, "DELETE", f"{entity_set}/$each")
    for key, body in enumerate(data.draw(st.lists(entities(f"every.{name}", SCHEMA), min_size=1, max_size=2))):
        posted = ask(source.service, "POST", entity_set, {"id": str(key) if name == "Thing" else key, **body})
        assert posted.status == 201, posted.body
    file = tmp_path / f"{entity_set}.{ending}"
    with file.open("wb") as written:
        export_rows(Pages(source.service, entity_set), written, ending)
    report = load_files(target.store, row_files([file]))
    assert report.rejected == [], file.read_text("utf-8")
    assert shown(target.service, entity_set) == shown(source.service, entity_set), file.read_text("utf-8")
