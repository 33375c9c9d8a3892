"""Laws of entities written with those around them: what is posted comes back, and a refused body leaves nothing."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from tests.asking import ask
from tests.models import company_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.tables import tables
from tests.unit.service.test_graph import holds, told

NUMBERS = count(1)
TEXTS = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
Shape = dict[str, Any]


def notes(depth: int) -> st.SearchStrategy[list[Shape]]:
    """Notes with notes as replies, to a depth."""
    members: Shape = {"text": TEXTS}
    more: Shape = {
        "about": st.fixed_dictionaries({"title": TEXTS}),
        "signature": st.fixed_dictionaries({"by": TEXTS}),
        **({"replies": notes(depth - 1)} if depth else {}),
    }
    return st.lists(st.fixed_dictionaries(members, optional=more), min_size=1, max_size=2)


def people(depth: int) -> st.SearchStrategy[Shape]:
    """People with friends, employees with those around them, to a depth."""
    inner: Shape = {"notes": notes(depth - 1)}
    if depth > 1:
        inner["friend"] = people(depth - 1)
    person = st.fixed_dictionaries({"born": st.none()}, optional={**inner})
    if depth > 1:
        inner["manager"] = people(1).map(employed)
        inner["reports"] = st.lists(people(1).map(employed), min_size=1, max_size=2)
        inner["projects"] = st.lists(st.fixed_dictionaries({"title": TEXTS}), min_size=1, max_size=2)
    employee = st.fixed_dictionaries({"salary": st.integers(0, 9)}, optional=inner).map(employed)
    return person | employee


def employed(person: Shape) -> Shape:
    return {"@odata.type": "#firm.Employee", **person}


def keyed(shape: Shape, key: str = "id") -> Shape:
    """A shape with a new key for every entity in it."""
    keys = {"notes": "number", "replies": "number", "projects": "code", "about": "code", "signature": ""}
    number = next(NUMBERS)
    made: Shape = {key: number if key == "number" else str(number)} if key else {}
    made |= {"name": "N"} if key == "id" else {}
    for name, value in shape.items():
        inner = keys.get(name, "id")
        if isinstance(value, list):
            made[name] = [keyed(item, inner) for item in value]
        else:
            made[name] = keyed(value, inner) if isinstance(value, dict) else value
    return made


def entities(body: Shape) -> Iterator[Shape]:
    """All entities of a body."""
    yield body
    for value in body.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from entities(inner)


@pytest.fixture(scope="module", params=FAMILIES)
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, company_schema) as service:
        yield service


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=people(3))
def test_what_is_posted_deep_comes_back_as_it_is_answered(company: Service, shape: Shape) -> None:
    body = keyed(shape)
    answer = ask(company, "POST", "People", body)
    assert answer.status == 201, answer.body
    assert holds(answer.json, body)
    expand = expand_of(body)
    read = ask(company, "GET", f"People('{body['id']}')" + (f"?$expand={expand}" if expand else ""))
    assert told(read.json) == told(answer.json)


def expand_of(*bodies: Shape) -> str:
    """The $expand that shows what bodies have around them, each property after the type that has it."""
    inner: dict[str, list[Shape]] = {}
    for body in bodies:
        for name, value in body.items():
            nested = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
            inner.setdefault(name, []).extend(nested)
    of_employees = {"manager", "reports", "projects"}
    items = []
    for name, nested in inner.items():
        if nested:
            path = f"firm.Employee/{name}" if name in of_employees else name
            deeper = expand_of(*nested)
            items.append(f"{path}($expand={deeper})" if deeper else path)
    return ",".join(items)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=people(3), place=st.integers(0, 50))
def test_a_body_with_one_fault_leaves_nothing_behind(company: Service, shape: Shape, place: int) -> None:
    body = keyed(shape)
    found = list(entities(body))
    found[place % len(found)]["friend@odata.bind"] = "People('nobody')"
    before = tables(company)
    assert ask(company, "POST", "People", body).status == 400
    assert tables(company) == before
