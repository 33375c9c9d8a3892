"""A law of storage: what the standard admits for a property comes back as it was sent, on every database."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.models import every_schema
from tests.properties.every_value import entities
from tests.servers import FAMILIES, database_url

SCHEMA = every_schema()
EXACT = "application/json;IEEE754Compatible=true"
LAW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
KEYS = count(1)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(SCHEMA, Settings(), url=url) as service:
        yield service


def kept(service: Service, entity_set: str, key: object, body: dict[str, Any]) -> dict[str, Any]:
    """What a GET shows of an entity that was created with this body."""
    posted = ask(service, "POST", entity_set, body)
    assert posted.status == 201, posted.body
    found: dict[str, Any] = ask(service, "GET", f"{entity_set}({key})", accept=EXACT).json
    return {name: value for name, value in found.items() if name not in {"@odata.context", "@odata.etag"}}


@LAW
@given(entities("every.Scalar", SCHEMA))
def test_single_values_come_back(service: Service, body: dict[str, Any]) -> None:
    body = {"id": next(KEYS), **body}
    assert kept(service, "Scalars", body["id"], body) == body


@LAW
@given(entities("every.Many", SCHEMA))
def test_collections_come_back(service: Service, body: dict[str, Any]) -> None:
    body = {"id": next(KEYS), **body}
    assert kept(service, "Manies", body["id"], body) == body


@LAW
@given(entities("every.Thing", SCHEMA))
def test_complex_untyped_and_dynamic_values_come_back(service: Service, body: dict[str, Any]) -> None:
    body = {"id": str(next(KEYS)), **body}
    assert kept(service, "Things", f"'{body['id']}'", body) == body


@LAW
@given(entities("every.Thing", SCHEMA), st.data())
def test_a_patch_leaves_what_it_does_not_state(service: Service, body: dict[str, Any], data: st.DataObject) -> None:
    body = {"id": str(next(KEYS)), **body}
    before = kept(service, "Things", f"'{body['id']}'", body)
    names = data.draw(st.sets(st.sampled_from(["home", "shape", "node", "work", "free"])))
    patch = {name: body[name] for name in names if name in body}
    patched = ask(service, "PATCH", f"Things('{body['id']}')", patch, accept=EXACT)
    assert patched.status == 200, patched.body
    assert {name: value for name, value in patched.json.items() if name in before} == before
