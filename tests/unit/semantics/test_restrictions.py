"""What annotations of an entity set restrict is refused with 400, wherever they were stated."""

from collections.abc import Mapping

import pytest

from odata_service.edm.annotations import CAPABILITIES, Annotation, EnumMember, Path, Record, Value
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property, Schema
from odata_service.edm.types import STRING, TypeRef
from tests.asking import ask, service_of


def schema(**restrictions: Value) -> Schema:
    made = SchemaBuilder()
    key = Property("id", TypeRef("Edm.Int32", nullable=False))
    others = NavigationProperty("others", "n.Thing", collection=True)
    parts = NavigationProperty("parts", "n.Part", collection=True, contains_target=True)
    made.add_type(EntityType("n.Part", (key,), (KeyProperty("id"),)))
    values = (
        Property("name", STRING),
        Property("words", TypeRef("Edm.String", collection=True)),
        Property("photo", TypeRef("Edm.Stream")),
    )
    made.add_type(EntityType("n.Thing", (key, *values), (KeyProperty("id"),), (others, parts)))
    stated = tuple(Annotation(f"{CAPABILITIES}.{term}", value) for term, value in restrictions.items())
    made.add_entity_set(EntitySet("Things", "n.Thing", annotations=stated))
    return made.freeze()


NAME = (Path("name", "PropertyPath"),)


NOWHERE = EnumMember(f"{CAPABILITIES}.NavigationType", ("None",))


UNCOUNTED: dict[str, Value] = {
    "CountRestrictions": Record(
        {
            "NonCountableProperties": (Path("words", "PropertyPath"),),
            "NonCountableNavigationProperties": ("others",),
        }
    )
}


def along(restricted: Mapping[str, Value], name: str = "others") -> dict[str, Value]:
    """What is restricted along a navigation property of things."""
    member = Record({"NavigationProperty": Path(name, "NavigationPropertyPath"), **restricted})
    return {"NavigationRestrictions": Record({"RestrictedProperties": (member,)})}


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
        (
            {"CountRestrictions": Record({"Countable": False})},
            "Things(1)?$expand=others/$count",
            "'Things' cannot be counted. Leave $count out.",
        ),
        (
            {"SortRestrictions": Record({"AscendingOnlyProperties": NAME})},
            "Things?$orderby=id desc,name desc",
            "'name' is ordered by in one direction only. Write name asc.",
        ),
        (
            {"SortRestrictions": Record({"DescendingOnlyProperties": ("name",)})},
            "Things?$orderby=name",
            "'name' is ordered by in one direction only. Write name desc.",
        ),
        (
            {"SelectSupport": Record({"Supported": False})},
            "Things?$select=name",
            "'Things' does not take $select. Leave $select out.",
        ),
        (
            {"ExpandRestrictions": Record({"MaxLevels": 1})},
            "Things?$expand=others($expand=others)",
            "'Things' is expanded by 1 level at most. Leave the inner $expand out.",
        ),
        (
            along({"Navigability": NOWHERE}),
            "Things?$expand=others",
            "'others' cannot be navigated. Leave it out of $expand.",
        ),
        (
            along({"FilterRestrictions": Record({"Filterable": False})}),
            "Things(1)/others?$filter=id eq 1",
            "'Things' cannot be filtered. Leave $filter out.",
        ),
        (
            along({"SortRestrictions": Record({"NonSortableProperties": NAME})}),
            "Things?$expand=others($orderby=name)",
            "'name' cannot be ordered by. Order by another property.",
        ),
        (
            along({"TopSupported": False}),
            "Things(1)/others?$top=1",
            "'Things' does not take $top. Follow next links.",
        ),
        (
            along({"SearchRestrictions": Record({"Searchable": False})}),
            "Things(1)/others?$search=a",
            "'Things' cannot be searched. Use $filter.",
        ),
        (
            along({"SearchRestrictions": Record({"Searchable": False})}),
            "Things?$expand=others($search=a)",
            "'Things' cannot be searched. Use $filter.",
        ),
        (UNCOUNTED, "Things(1)/others/$count", "'Things' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things(1)/others?$count=true", "'Things' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things?$expand=others($count=true)", "'Things' cannot be counted. Leave $count out."),
        (
            UNCOUNTED,
            "Things?$filter=others/$count gt 1",
            "The members of 'others' cannot be counted. Leave $count out.",
        ),
        (UNCOUNTED, "Things?$orderby=others/$count", "The members of 'others' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things(1)/words/$count", "The members of 'words' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things(1)/words?$count=true", "The members of 'words' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things?$filter=words/$count eq 1", "The members of 'words' cannot be counted. Leave $count out."),
        (UNCOUNTED, "Things?$select=words($count=true)", "The members of 'words' cannot be counted. Leave $count out."),
        (
            UNCOUNTED,
            "Things?$compute=words/$count as n&$select=n",
            "The members of 'words' cannot be counted. Leave $count out.",
        ),
        (
            {"ExpandRestrictions": Record({"NonExpandableStreamProperties": (Path("photo", "PropertyPath"),)})},
            "Things?$expand=photo",
            "'photo' cannot be expanded. Read it by a URL of its own.",
        ),
        ({"TopSupported": False}, "Things?$top=1", "'Things' does not take $top. Follow next links."),
        ({"SkipSupported": False}, "Things?$skip=1", "'Things' does not take $skip. Follow next links."),
    ],
)
def test_what_is_restricted_is_refused(restrictions: dict[str, Value], url: str, message: str) -> None:
    with service_of(schema(**restrictions)) as service:
        assert ask(service, "GET", url).refusal == (400, message)


def test_one_entity_is_read_without_the_filter_that_its_set_needs() -> None:
    restrictions = Record({"RequiresFilter": True, "RequiredProperties": NAME, "NonFilterableProperties": ("id",)})
    with service_of(schema(FilterRestrictions=restrictions)) as service:
        assert ask(service, "POST", "Things", {"id": 1, "name": "a"}).status == 201
        assert ask(service, "GET", "Things(1)").json["name"] == "a"
        assert ask(service, "GET", "Things?$filter=name eq 'a'").column("id") == [1]


@pytest.mark.parametrize(
    ("allowed", "condition", "status"),
    [
        ("SingleValue", "id eq 1", 200),
        ("SingleValue", "1 eq id and name eq 'a'", 200),
        ("SingleValue", "id eq 1 or id eq 2", 400),
        ("SingleValue", "id eq 1 and id eq 2", 400),
        ("SingleValue", "id gt 1", 400),
        ("SingleValue", "id add 1 eq 2", 400),
        ("SingleValue", "name eq 'a' or name eq 'b'", 200),
        ("MultiValue", "id eq 1 or id in (2,3)", 200),
        ("MultiValue", "id ne 1", 400),
        ("SingleRange", "id ge 1 and 5 gt id", 200),
        ("SingleRange", "id ge 1 and id gt 2", 400),
        ("SingleRange", "id lt 1 or id gt 2", 400),
        ("MultiRange", "id lt 1 or id gt 2 or id ne 7", 200),
        ("MultiRange", "id mod 2 eq 1", 400),
        ("unheard of", "id mod 2 eq 1", 200),
    ],
)
def test_a_property_is_filtered_in_the_ways_that_are_allowed(allowed: str, condition: str, status: int) -> None:
    stated = Record({"Property": Path("id", "PropertyPath"), "AllowedExpressions": allowed})
    with service_of(schema(FilterRestrictions=Record({"FilterExpressionRestrictions": (stated,)}))) as service:
        assert ask(service, "GET", f"Things?$filter={condition}").status == status


@pytest.mark.parametrize(
    ("allowed", "condition", "status"),
    [
        ("SearchExpression", "startswith(name,'a') or contains(name,'b')", 200),
        ("SearchExpression", "name eq 'a'", 400),
        ("SearchExpression", "startswith('a',name)", 400),
        ("MultiRangeOrSearchExpression", "startswith(name,'a') or name gt 'b'", 200),
        ("MultiRangeOrSearchExpression", "length(name) eq 1", 400),
    ],
)
def test_a_text_is_searched_in_the_ways_that_are_allowed(allowed: str, condition: str, status: int) -> None:
    stated = Record({"Property": "name", "AllowedExpressions": allowed})
    with service_of(schema(FilterRestrictions=Record({"FilterExpressionRestrictions": (stated,)}))) as service:
        assert ask(service, "GET", f"Things?$filter={condition}").status == status


def test_a_refused_filter_says_what_is_allowed() -> None:
    stated = Record({"Property": "id", "AllowedExpressions": "SingleValue"})
    with service_of(schema(FilterRestrictions=Record({"FilterExpressionRestrictions": (stated,)}))) as service:
        error = ask(service, "GET", "Things?$filter=id gt 1").error
        assert (error["message"], error["target"]) == (
            "'id' cannot be filtered by in this way. Compare it with one value, by eq.",
            "$filter",
        )


def test_a_path_that_cannot_be_navigated_takes_no_get() -> None:
    with service_of(schema(**along({"Navigability": NOWHERE}))) as service:
        assert ask(service, "POST", "Things", {"id": 1}).status == 201
        assert (ask(service, "GET", "Things(1)").status, ask(service, "GET", "Things(1)/others").status) == (200, 405)


def test_what_is_usual_in_a_set_closes_no_path() -> None:
    with service_of(schema(NavigationRestrictions=Record({"Navigability": NOWHERE}))) as service:
        assert ask(service, "POST", "Things", {"id": 1}).status == 201
        assert ask(service, "GET", "Things(1)/others").json["value"] == []
        assert ask(service, "GET", "Things?$expand=others").json["value"][0]["others"] == []


def test_what_cannot_be_inserted_or_updated_is_ignored_in_a_body() -> None:
    uninsertable = Record({"NonInsertableProperties": NAME})
    with service_of(schema(InsertRestrictions=uninsertable)) as service:
        assert ask(service, "POST", "Things", {"id": 1, "name": "a"}).json["name"] is None
        assert ask(service, "PATCH", "Things(1)", {"name": "b"}).json["name"] == "b"
    with service_of(schema(UpdateRestrictions=Record({"NonUpdatableProperties": NAME}))) as service:
        assert ask(service, "POST", "Things", {"id": 1, "name": "a"}).json["name"] == "a"
        assert ask(service, "PATCH", "Things(1)", {"name": "b"}).json["name"] == "a"
        assert ask(service, "PUT", "Things(1)", {}).json["name"] == "a"


def test_a_value_that_must_be_there_and_cannot_be_inserted_is_the_least_of_its_type() -> None:
    made = SchemaBuilder()
    parts = (
        Property("id", TypeRef("Edm.Int32", nullable=False)),
        Property("size", TypeRef("Edm.Int32", nullable=False)),
    )
    made.add_type(EntityType("n.Thing", parts, (KeyProperty("id"),)))
    stated = Annotation(f"{CAPABILITIES}.InsertRestrictions", Record({"NonInsertableProperties": ("size",)}))
    made.add_entity_set(EntitySet("Things", "n.Thing", annotations=(stated,)))
    with service_of(made.freeze()) as service:
        answer = ask(service, "POST", "Things", {"id": 1, "size": 7})
        assert (answer.status, answer.json["size"]) == (201, 0)


def test_what_is_contained_is_changed_as_the_set_around_it_says() -> None:
    restricted = {
        "InsertRestrictions": Record({"Insertable": True}),
        "UpdateRestrictions": Record({"Updatable": False}),
        "DeleteRestrictions": Record({"Deletable": False}),
    }
    with service_of(schema(**along(restricted, "parts"))) as service:
        assert ask(service, "POST", "Things", {"id": 1}).status == 201
        assert ask(service, "POST", "Things(1)/parts", {"id": 1}).status == 201
        assert ask(service, "PATCH", "Things(1)/parts(1)", {"id": 1}).status == 405
        assert ask(service, "DELETE", "Things(1)/parts(1)").status == 405
        assert ask(service, "DELETE", "Things(1)").status == 204


def test_what_may_be_counted_is_counted() -> None:
    with service_of(schema(**UNCOUNTED)) as service:
        assert ask(service, "POST", "Things", {"id": 1, "words": ["a"]}).status == 201
        assert ask(service, "GET", "Things/$count").body == b"1"
        assert ask(service, "GET", "Things?$count=true&$expand=others").json["@odata.count"] == 1
        assert ask(service, "GET", "Things(1)/words").json["value"] == ["a"]
        assert ask(service, "GET", "Things(1)/parts/$count").body == b"0"
