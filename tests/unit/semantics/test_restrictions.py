"""What annotations of an entity set restrict is refused with 400, wherever they were stated."""

import pytest

from odata_service.edm.annotations import CAPABILITIES, Annotation, Path, Record, Value
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property, Schema
from odata_service.edm.types import STRING, TypeRef
from tests.asking import ask, service_of


def schema(**restrictions: Value) -> Schema:
    made = SchemaBuilder()
    key = Property("id", TypeRef("Edm.Int32", nullable=False))
    others = (NavigationProperty("others", "n.Thing", collection=True),)
    made.add_type(EntityType("n.Thing", (key, Property("name", STRING)), (KeyProperty("id"),), others))
    stated = tuple(Annotation(f"{CAPABILITIES}.{term}", value) for term, value in restrictions.items())
    made.add_entity_set(EntitySet("Things", "n.Thing", annotations=stated))
    return made.freeze()


NAME = (Path("name", "PropertyPath"),)


@pytest.mark.parametrize(
    ("restrictions", "url", "message"),
    [
        (
            {"FilterRestrictions": Record({"NonFilterableProperties": NAME})},
            "Things?$filter=startswith(name,'a') and id eq 1",
            "'name' cannot be filtered by. Filter by another property.",
        ),
        (
            {"FilterRestrictions": Record({"NonFilterableProperties": ("name",)})},
            "Things?$filter=name in ('a','b')",
            "'name' cannot be filtered by. Filter by another property.",
        ),
        (
            {"FilterRestrictions": Record({"Filterable": False})},
            "Things?$filter=id eq 1",
            "'Things' cannot be filtered. Leave $filter out.",
        ),
        (
            {"FilterRestrictions": Record({"RequiresFilter": True})},
            "Things",
            "'Things' is read with a $filter only. Add $filter.",
        ),
        (
            {"FilterRestrictions": Record({"RequiredProperties": NAME})},
            "Things?$filter=id eq 1",
            "'Things' is read with 'name' in $filter only. Filter by 'name'.",
        ),
        (
            {"SortRestrictions": Record({"NonSortableProperties": NAME})},
            "Things?$orderby=id,name desc",
            "'name' cannot be ordered by. Order by another property.",
        ),
        (
            {"SortRestrictions": Record({"NonSortableProperties": NAME})},
            "Things(1)?$expand=others($orderby=name)",
            "'name' cannot be ordered by. Order by another property.",
        ),
        (
            {"ExpandRestrictions": Record({"NonExpandableProperties": (Path("others", "NavigationPropertyPath"),)})},
            "Things?$expand=others",
            "'others' cannot be expanded. Read it by a URL of its own.",
        ),
        (
            {"CountRestrictions": Record({"Countable": False})},
            "Things?$count=true",
            "'Things' cannot be counted. Leave $count out.",
        ),
        (
            {"CountRestrictions": Record({"Countable": False})},
            "Things/$count",
            "'Things' cannot be counted. Leave $count out.",
        ),
        ({"TopSupported": False}, "Things?$top=1", "'Things' does not take $top. Follow next links."),
        ({"SkipSupported": False}, "Things?$skip=1", "'Things' does not take $skip. Follow next links."),
    ],
)
def test_what_is_restricted_is_refused(restrictions: dict[str, Value], url: str, message: str) -> None:
    with service_of(schema(**restrictions)) as service:
        answer = ask(service, "GET", url)
        assert (answer.status, answer.error["message"]) == (400, message)


def test_one_entity_is_read_without_the_filter_that_its_set_needs() -> None:
    restrictions = Record({"RequiresFilter": True, "RequiredProperties": NAME, "NonFilterableProperties": ("id",)})
    with service_of(schema(FilterRestrictions=restrictions)) as service:
        assert ask(service, "POST", "Things", {"id": 1, "name": "a"}).status == 201
        assert ask(service, "GET", "Things(1)").json["name"] == "a"
        assert ask(service, "GET", "Things?$filter=name eq 'a'").column("id") == [1]
