"""Annotations whose values are worked out for each instance, in options; and parts of those that $select shows."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from odata_service.definition import load_schema
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.url import parse_url
from tests.asking import ask, service_of
from tests.models import MODELS
from tests.servers import FAMILIES, database_url

PEOPLE: list[dict[str, object]] = [
    {"id": 1, "given": "Ann", "family": "Lee", "age": 40, "home": {"street": "Elm", "city": "Bonn"}},
    {"id": 2, "given": "Bob", "age": 7, "boss@odata.bind": "People(1)"},
    {"id": 3, "given": "Cy", "family": "Ray", "age": 20, "boss@odata.bind": "People(1)"},
]


@pytest.fixture(scope="module", params=FAMILIES)
def people(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(load_schema(MODELS / "notes.xml"), url=url) as service:
        for person in PEOPLE:
            assert ask(service, "POST", "People", person).status == 201
        yield service


FILTERS = pytest.mark.parametrize(
    ("options", "ids"),
    [
        ("$filter=@n.Label eq 'Ann Lee'", [1]),
        ("$filter=@n.Label eq null", [2]),
        ("$filter=@n.Label%23short in ('Bob','Ray')", [2, 3]),
        ("$filter=@n.Rank eq 82", [1]),
        ("$filter=@n.Flag", [1]),
        ("$filter=age/@n.Label eq 'Cy'", [3]),
        ("$filter=age/@n.Flag eq false", [2]),
        ("$filter=age/@n.Since lt 2020-03-01", [1, 2, 3]),
        ("$filter=age/@n.Tint eq n.Colour'Blue'", [1, 2, 3]),
        ("$filter=boss/@n.Label eq 'Lee'", [2, 3]),
        ("$filter=boss/age/@n.Label eq 'Ann'", [2, 3]),
        ("$filter=boss/home/city/@n.Label eq 'Elm'", [2, 3]),
        ("$filter=home/city/@n.Label eq 'Elm'", [1]),
        ("$filter=team/any(t:t/@n.Label%23short eq 'Bob')", [1]),
        ("$filter=given in @n.Words", []),
        ("$filter=@n.Words/$count eq 2", [1, 2, 3]),
        ("$filter=@n.Words/any(w:w eq 'two' and id eq 2)", [2]),
        ("$filter=@n.Words/all(w:length(w) eq 3)", [1, 2, 3]),
        ("$filter=@n.Nothing/any() or (@n.Nothing/all(x:x eq 1) and id eq 1)", [1]),
        ("$filter=@n.Card/size eq 3 and @n.Card/inner/title eq 'Inside'", [1, 2, 3]),
        ("$filter=@n.Card/inner/inner/title eq null", [1, 2, 3]),
    ],
)


@FILTERS
def test_annotations_are_worked_out_in_filters(people: Service, options: str, ids: list[int]) -> None:
    assert ask(people, "GET", f"People?{options}").column("id") == ids


@FILTERS
def test_the_evaluator_works_them_out_alike(people: Service, options: str, ids: list[int]) -> None:
    query = resolve(parse_url("People", options), people.schema)
    assert isinstance(query, Query) and query.options.filter is not None, "a filter is a condition"
    entities: dict[int, dict[str, object]] = {
        number: {"family": None, "home": None, "boss": None, "team": [], **person}
        for number, person in enumerate(PEOPLE, 1)
    }
    for number in (2, 3):
        entities[number]["boss"] = entities[1]
    entities[1]["team"] = [entities[2], entities[3]]
    found = [number for number, one in entities.items() if Evaluation().value(query.options.filter, one) is True]
    assert found == ids


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ("$orderby=@n.Rank desc", [1, 3, 2]),
        ("$compute=length(@n.Label%23short) as l&$orderby=l,id desc", [3, 2, 1]),
    ],
)
def test_annotations_are_worked_out_in_options(people: Service, options: str, ids: list[int]) -> None:
    assert ask(people, "GET", f"People?{options}").column("id") == ids


def test_annotations_that_are_worked_out_are_shown(people: Service) -> None:
    page = ask(people, "GET", "People?$select=id,@n.Label,age/@n.Label,@n.Rank&$orderby=id&$top=2")
    assert [{name: value for name, value in one.items() if "odata" not in name} for one in page.values] == [
        {"id": 1, "@n.Label": "Ann Lee", "age@n.Label": "Ann", "@n.Rank": 82},
        {"id": 2, "@n.Label": None, "age@n.Label": "Bob", "@n.Rank": 14},
    ]
    assert page.json["@odata.context"].endswith("#People(id,@n.Label,age/@n.Label,@n.Rank)")
    inside = ask(people, "GET", "People(1)?$select=home/city/@n.Label,home/city")
    assert inside.json["home"] == {"city@n.Label": "Elm", "city": "Bonn"} or inside.json["home"] == {
        "city": "Bonn",
        "city@n.Label": "Elm",
    }
    expanded = ask(people, "GET", "People(2)?$select=id&$expand=boss($select=@n.Label)").json
    assert expanded["boss"]["@n.Label"] == "Ann Lee"


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ("@n.Card/title", {"@n.Card": {"title": "A card"}}),
        ("@n.Card/title,@n.Card/inner/title", {"@n.Card": {"title": "A card", "inner": {"title": "Inside"}}}),
        ("@n.Card($select=size,inner($select=title))", {"@n.Card": {"size": 3, "inner": {"title": "Inside"}}}),
        ("@n.Card($select=*)", {"@n.Card": {"title": "A card", "size": 3, "inner": {"title": "Inside"}}}),
        ("@n.Card/title,@n.Card", {"@n.Card": {"title": "A card", "size": 3, "inner": {"title": "Inside"}}}),
        ("@n.Cards/size", {"@n.Cards": [{"size": 1}, {}]}),
        ("@n.Cards($select=title;$top=1)", {"@n.Cards": [{"title": "a"}]}),
        ("@n.Words($skip=1)", {"@n.Words": ["two"]}),
    ],
)
def test_parts_of_an_annotation_are_shown(people: Service, item: str, shown: dict[str, object]) -> None:
    found = ask(people, "GET", f"People(1)?$select={item}").json
    assert {name: value for name, value in found.items() if "odata" not in name} == shown


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ("$filter=@n.Card eq 1", 400,
         "The value of @n.Card is a record, which no expression takes. Write a member of it behind the term, or "
         "read it in $metadata."),
        ("$filter=@n.Words/first eq 'x'", 400,
         "Nothing that the model states is behind this annotation (at position 10 of $filter). Write a member of a "
         "record, or $count behind a collection."),
        ("$filter=@n.Label#self eq 'x'", 501, "The expression of '@n.Label' calls itself."),
        ("$filter=@n.Label#far eq 'x'", 501,
         "The value of @n.Label is worked out by 'odata.uriEncode', which clients have and this service not. Read it "
         "in $metadata."),
        ("$select=@n.Label($top=1)", 400,
         "The value of '@n.Label' is a single one, which takes no options (at position 1 of $select). Leave them out."),
    ],
)  # fmt: skip
def test_what_an_annotation_is_not_is_refused(people: Service, options: str, status: int, message: str) -> None:
    assert ask(people, "GET", f"People?{quote(options, safe='$=@/&')}").refusal == (status, message)
