"""Migrations run on real databases: rows keep their values, seen through the service before and after."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from odata_service.edm.annotations import INDEX, Annotation
from odata_service.edm.model import ComplexType, EntityType, KeyProperty, NavigationProperty, Property, Schema
from odata_service.edm.types import Facets, TypeRef
from odata_service.errors import StorageMismatch
from odata_service.service import Service
from tests.asking import ask
from tests.migrating import Kind, a, entities, filled, formerly, items, migrated, opened, place, schema_of

FAMILIES = ("sqlite",)


@pytest.fixture(params=FAMILIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as made:
        yield made


def test_a_database_that_fits_is_left_alone(url: str) -> None:
    filled(url, items(a("name")), {"Items": [{"id": "a", "name": "x"}]})
    assert migrated(url, items(a("name")))[0] == []


def test_new_tables_are_made(url: str) -> None:
    filled(url, items(), {"Items": [{"id": "a"}]})
    after = schema_of(Kind("Items", (a("id!"),)), Kind("Tags", (a("id!"),)))
    said, _ = migrated(url, after)
    assert said == ["make table 'Tags'"]
    assert entities(url, after, "Items") == [{"id": "a"}]


def test_new_properties_become_columns_and_have_their_default(url: str) -> None:
    filled(url, items(), {"Items": [{"id": "a"}]})
    after = items(a("note"), a("count!", "Int32", 7), a("state", default="new"))
    said, _ = migrated(url, after)
    assert said == [
        "add column 'note' to table 'Items'",
        "add column 'count' to table 'Items'",
        "add column 'state' to table 'Items'",
    ]
    assert entities(url, after, "Items") == [{"id": "a", "note": None, "count": 7, "state": "new"}]


def test_a_new_property_that_must_not_be_null_needs_a_default_where_there_are_rows(url: str) -> None:
    filled(url, items(), {"Items": [{"id": "a"}]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, items(a("count!", "Int32")))
    assert caught.value.differences == (
        "Column 'Items.count' must not be null, and 1 row would have no value in it. "
        "Give the property a DefaultValue, or make it nullable.",
    )


def test_a_new_property_that_must_not_be_null_is_fine_where_there_are_no_rows(url: str) -> None:
    filled(url, items(), {})
    migrated(url, items(a("count!", "Int32")))


CONVERSIONS: list[tuple[Property, Property, list[object], list[object]]] = [
    (a("x", "Int32"), a("x", "Int64"), [1, -2, None], [1, -2, None]),
    (a("x", "Int64"), a("x", "Int32"), [1, -2, None], [1, -2, None]),
    (a("x"), a("x", "Int32"), ["1", "-20", None], [1, -20, None]),
    (a("x", "Int32"), a("x"), [1, -20, None], ["1", "-20", None]),
    (a("x", "Int32"), a("x", "Decimal", scale=2), [1, -20, None], [1, -20, None]),
    (a("x", "Decimal", scale=2), a("x", "Int32"), [1, -20, None], [1, -20, None]),
    (a("x", "Decimal", scale=2), a("x"), [1.25, -20, None], ["1.25", "-20", None]),
    (a("x"), a("x", "Decimal", scale=2), ["1.25", "-20", None], [1.25, -20, None]),
    (a("x", "Int32"), a("x", "Double"), [1, -20, None], [1.0, -20.0, None]),
    (a("x", "Double"), a("x", "Decimal", scale="variable"), [1.5, -20.0, None], [1.5, -20, None]),
    (
        a("x", "Date"),
        a("x", "DateTimeOffset"),
        ["2024-02-29", None],
        ["2024-02-29T00:00:00Z", None],
    ),
    (a("x", "DateTimeOffset"), a("x", "Date"), ["2024-02-29T00:00:00Z", None], ["2024-02-29", None]),
    (
        a("x", "DateTimeOffset", precision=7),
        a("x"),
        ["2024-02-29T10:00:00.5Z", None],
        ["2024-02-29T10:00:00.5Z", None],
    ),
    (a("x"), a("x", "Boolean"), ["true", "false", None], [True, False, None]),
    (a("x", "Boolean"), a("x", "Int32"), [True, False, None], [1, 0, None]),
    (a("x", "Int32"), a("x", "Boolean"), [1, 0, None], [True, False, None]),
    (
        a("x"),
        a("x", "Guid"),
        ["FFFFFFFF-0000-0000-0000-000000000001", None],
        ["ffffffff-0000-0000-0000-000000000001", None],
    ),
    (a("x"), a("x", "Duration"), ["PT1H", None], ["PT1H", None]),
    (a("x"), a("x", max_length=3), ["abc", None], ["abc", None]),
    (a("x", max_length=3), a("x"), ["abc", None], ["abc", None]),
]


@pytest.mark.parametrize(("before", "after", "values", "expected"), CONVERSIONS, ids=lambda value: None)
def test_values_are_converted_to_the_new_type(
    url: str, before: Property, after: Property, values: list[object], expected: list[object]
) -> None:
    filled(url, items(before), {"Items": [{"id": f"{n}", "x": value} for n, value in enumerate(values)]})
    migrated(url, items(after))
    assert [row["x"] for row in entities(url, items(after), "Items")] == expected


REFUSED: list[tuple[Property, Property, list[object], str]] = [
    (
        a("x"),
        a("x", "Int32"),
        ["1", "x", "y"],
        "2 values of column 'Items.x' do not fit Edm.Int32: the first is ('1'): 'x' is not an Edm.Int32. "
        "Write digits, with a sign where it is negative. Correct them first, or choose a type that takes them.",
    ),
    (
        a("x", "Int64"),
        a("x", "Int16"),
        [1, 40000],
        "1 value of column 'Items.x' does not fit Edm.Int16: the first is ('1'): 40000 is out of the range of "
        "Edm.Int16: -32768 to 32767. Correct them first, or choose a type that takes them.",
    ),
    (
        a("x"),
        a("x", max_length=2),
        ["abc"],
        "1 value of column 'Items.x' does not fit Edm.String: the first is ('0'): The text has 3 characters, and at "
        "most 2 are allowed. Correct them first, or choose a type that takes them.",
    ),
    (
        a("x", "Binary"),
        a("x", "Int32"),
        [],
        "Column 'Items.x' keeps Edm.Binary, and there is no way from that to Edm.Int32. "
        "Give the property another name, and copy the values.",
    ),
    (
        a("x"),
        a("x!"),
        ["a", None, None],
        "Column 'Items.x' must not be null any longer, and 2 rows have none: the first is ('1'). "
        "Fill them, or give the property a DefaultValue.",
    ),
]


@pytest.mark.parametrize(("before", "after", "values", "said"), REFUSED, ids=lambda value: None)
def test_what_would_lose_values_is_refused_with_the_first_row(
    url: str, before: Property, after: Property, values: list[object], said: str
) -> None:
    filled(url, items(before), {"Items": [{"id": f"{n}", "x": value} for n, value in enumerate(values)]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, items(after))
    assert caught.value.differences == (said,)
    assert [row["x"] for row in entities(url, items(before), "Items")] == values


def test_a_property_may_be_null_from_now_on(url: str) -> None:
    filled(url, items(a("x!")), {"Items": [{"id": "a", "x": "1"}]})
    after = items(a("x"))
    migrated(url, after)
    filled(url, after, {"Items": [{"id": "b"}]})
    assert entities(url, after, "Items") == [{"id": "a", "x": "1"}, {"id": "b", "x": None}]


def test_nulls_are_filled_with_the_default_where_they_are_allowed_no_longer(url: str) -> None:
    filled(url, items(a("x")), {"Items": [{"id": "a"}, {"id": "b", "x": "2"}]})
    after = items(a("x!", default="none"))
    migrated(url, after)
    assert entities(url, after, "Items") == [{"id": "a", "x": "none"}, {"id": "b", "x": "2"}]


def test_another_key_takes_the_place_of_the_first(url: str) -> None:
    before, after = items(a("code!")), items(a("code!"), key=("code",))
    filled(url, before, {"Items": [{"id": "a", "code": "2"}, {"id": "b", "code": "1"}]})
    migrated(url, after)
    assert entities(url, after, "Items") == [{"id": "b", "code": "1"}, {"id": "a", "code": "2"}]
    with opened(url, after) as store:
        assert ask(Service(after, store), "POST", "Items", {"id": "c", "code": "1"}).status == 409


def test_a_key_that_is_not_unique_is_refused(url: str) -> None:
    before, after = items(a("code!")), items(a("code!"), key=("code",))
    filled(url, before, {"Items": [{"id": "a", "code": "1"}, {"id": "b", "code": "1"}]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, after)
    assert caught.value.differences == (
        "1 row of table 'Items' has a key (code) that another row has too: the first is ('1'). "
        "Make them distinct, or choose another key.",
    )


def test_a_key_that_is_converted_must_stay_unique(url: str) -> None:
    after = schema_of(Kind("Items", (a("id!", "Int32"),)))
    filled(url, items(), {"Items": [{"id": "1"}, {"id": "01"}]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, after)
    assert "1 row of table 'Items' has a key (id) that another row has too" in caught.value.differences[0]


def test_removed_properties_are_left_alone_and_creates_go_on(url: str) -> None:
    filled(url, items(a("x!"), a("y")), {"Items": [{"id": "a", "x": "1", "y": "2"}]})
    _, plan = migrated(url, items())
    assert plan.migration.left == (
        "Column 'Items.x' is left over; --allow-drop drops it.",
        "Column 'Items.y' is left over; --allow-drop drops it.",
    )
    filled(url, items(), {"Items": [{"id": "b"}]})
    back = items(a("x"), a("y"))
    migrated(url, back)
    assert entities(url, back, "Items") == [{"id": "a", "x": "1", "y": "2"}, {"id": "b", "x": None, "y": None}]


def test_removed_properties_and_sets_are_dropped_where_that_is_allowed(url: str) -> None:
    before = schema_of(Kind("Items", (a("id!"), a("x!"), a("y"))), Kind("Tags", (a("id!"),)))
    filled(url, before, {"Items": [{"id": "a", "x": "1"}], "Tags": [{"id": "t"}, {"id": "u"}]})
    said, plan = migrated(url, items(), allow_drop=True)
    assert said == [
        "drop column 'x' of table 'Items'",
        "drop column 'y' of table 'Items'",
        "drop table 'Tags'",
    ]
    assert plan.lost == ("1 value goes with column 'Items.x'.", "2 rows go with table 'Tags'.")
    assert entities(url, items(), "Items") == [{"id": "a"}]


def test_what_others_made_is_never_dropped(url: str) -> None:
    filled(url, items(), {})
    with opened(url, items()) as store:
        quoted = store.mapping.family.dialect.quoted
        store.connection().execute(f"ALTER TABLE {quoted('Items')} ADD COLUMN note INTEGER")
        store.connection().execute("CREATE TABLE theirs (id INTEGER)")
        store.connection().execute("INSERT INTO theirs VALUES (1)")
    assert migrated(url, items(), allow_drop=True)[0] == []
    with opened(url, items()) as store:
        assert store.connection().execute("SELECT count(*) FROM theirs").fetchone() == (1,)


def test_renamed_properties_keep_their_values(url: str) -> None:
    filled(url, items(a("x"), a("y")), {"Items": [{"id": "a", "x": "1", "y": "2"}]})
    after = items(a("title", former="x"), a("y"))
    said, _ = migrated(url, after)
    assert said == ["rename column 'x' of table 'Items' to 'title'"]
    assert entities(url, after, "Items") == [{"id": "a", "title": "1", "y": "2"}]


def test_a_former_name_may_be_that_of_something_new(url: str) -> None:
    filled(url, items(a("x")), {"Items": [{"id": "a", "x": "1"}]})
    after = items(a("title", former="x"), a("x"))
    migrated(url, after)
    assert entities(url, after, "Items") == [{"id": "a", "title": "1", "x": None}]


def test_a_renamed_key_renames_foreign_keys_and_links(url: str) -> None:
    def shop(name: str, key: Property, *, renamed: bool) -> Schema:
        maker, tags = ("madeBy", "labels") if renamed else ("maker", "tags")
        were = (formerly("maker"), formerly("tags")) if renamed else ((), ())
        navigation = (
            NavigationProperty(maker, "shop.Tags", annotations=were[0]),
            NavigationProperty(tags, "shop.Tags", collection=True, annotations=were[1]),
        )
        items = Kind(name, (a("id!"),), navigation=navigation, former="Items" if renamed else "")
        return schema_of(items, Kind("Tags", (key,), (key.name,)))

    before = shop("Items", a("id!"), renamed=False)
    after = shop("Things", a("code!", former="id"), renamed=True)
    filled(url, before, {"Tags": [{"id": "t"}, {"id": "u"}], "Items": [{"id": "i"}]})
    with opened(url, before) as store:
        quoted = store.mapping.family.dialect.quoted
        store.connection().execute(f"UPDATE {quoted('Items')} SET {quoted('maker-id')} = 't'")
        store.connection().execute(f"INSERT INTO {quoted('Items-tags')} VALUES ('i', 'u')")
    migrated(url, after)
    assert entities(url, after, "Things", "?$expand=madeBy,labels") == [
        {"id": "i", "madeBy": {"code": "t"}, "labels": [{"code": "u"}]}
    ]


def test_links_do_not_move_between_columns_and_tables_by_themselves(url: str) -> None:
    def shop(*, many: bool) -> Schema:
        navigation = NavigationProperty("tags", "shop.Tags", collection=many)
        return schema_of(Kind("Items", (a("id!"),), navigation=(navigation,)), Kind("Tags", (a("id!"),)))

    one, many = shop(many=False), shop(many=True)
    filled(url, one, {"Tags": [{"id": "t"}], "Items": [{"id": "i"}]})
    with opened(url, one) as store:
        quoted = store.mapping.family.dialect.quoted
        store.connection().execute(f"UPDATE {quoted('Items')} SET {quoted('tags-id')} = 't'")
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, many)
    assert caught.value.differences == (
        "1 link of 'Items/tags' stands in column 'Items.tags-id', and would stand elsewhere from now on. Give the "
        "navigation property another name and copy the links, then remove the old one.",
    )


def test_tables_that_do_not_fit_stop_the_start_until_they_are_migrated(url: str) -> None:
    filled(url, items(a("x")), {"Items": [{"id": "a", "x": "1"}]})
    with opened(url, items(a("x", "Decimal"))) as store, pytest.raises(StorageMismatch) as caught:
        store.create()
    assert caught.value.differences[-1].startswith("Run `odata-service migrate`")


def addressed(*properties: Property, types: Sequence[ComplexType | EntityType] = (), city: str = "city") -> Schema:
    """Items whose address is a complex value."""
    address = ComplexType("shop.Address", (a(city, former="" if city == "city" else "city"), a("zip!", default="?")))
    return schema_of(Kind("Items", (a("id!"), *properties)), types=(address, *types))


MOSCOW = {"city": "Moscow", "zip": "101000"}


def test_members_of_complex_values_are_renamed(url: str) -> None:
    before, after = (addressed(a("address", "shop.Address"), city=name) for name in ("city", "town"))
    filled(url, before, {"Items": [{"id": "a", "address": MOSCOW}, {"id": "b", "address": None}]})
    migrated(url, after)
    moved = {"town": "Moscow", "zip": "101000"}
    assert entities(url, after, "Items") == [{"id": "a", "address": moved}, {"id": "b", "address": None}]


def test_complex_values_are_there_still_when_they_may_be_null(url: str) -> None:
    before, after = addressed(a("address!", "shop.Address")), addressed(a("address", "shop.Address"))
    filled(url, before, {"Items": [{"id": "a", "address": MOSCOW}]})
    migrated(url, after)
    filled(url, after, {"Items": [{"id": "b", "address": None}]})
    assert entities(url, after, "Items") == [{"id": "a", "address": MOSCOW}, {"id": "b", "address": None}]


@pytest.mark.parametrize("name", ["address", "address!"])
def test_complex_values_have_their_declared_type_when_others_derive_from_it(url: str, name: str) -> None:
    foreign = ComplexType("shop.Foreign", (a("country"),), base="shop.Address")
    before = addressed(a(name, "shop.Address"))
    after = addressed(a(name, "shop.Address"), types=(foreign,))
    rows: list[dict[str, object]] = [{"id": "a", "address": MOSCOW}]
    if not name.endswith("!"):
        rows.append({"id": "b", "address": None})
    filled(url, before, {"Items": rows})
    migrated(url, after)
    assert entities(url, after, "Items") == rows
    migrated(url, after, allow_drop=True)
    assert entities(url, after, "Items") == rows


def test_new_collections_are_empty(url: str) -> None:
    after = items(Property("tags", TypeRef("Edm.String", collection=True, nullable=False)))
    filled(url, items(), {"Items": [{"id": "a"}]})
    migrated(url, after)
    assert entities(url, after, "Items") == [{"id": "a", "tags": []}]


def test_members_of_collections_are_converted(url: str) -> None:
    def tagged(name: str, length: int | None = None) -> Schema:
        members = TypeRef(f"Edm.{name}", collection=True, nullable=False, facets=Facets(max_length=length))
        return items(Property("tags", members))

    filled(url, tagged("String"), {"Items": [{"id": "a", "tags": ["1", "22"]}]})
    migrated(url, tagged("Int32"))
    assert entities(url, tagged("Int32"), "Items") == [{"id": "a", "tags": [1, 22]}]
    migrated(url, tagged("String"))
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, tagged("String", 1))
    assert caught.value.differences == (
        "1 value of column 'Items.tags' does not fit Collection(Edm.String): the first is ('a'): The text has 2 "
        "characters, and at most 1 are allowed. Correct them first, or choose a type that takes them.",
    )


def test_entities_have_the_type_of_their_set_when_others_derive_from_it(url: str) -> None:
    special = EntityType("shop.Special", (a("extra"),), base="shop.Items")
    after = schema_of(Kind("Items", (a("id!"),)), types=(special,))
    filled(url, items(), {"Items": [{"id": "a"}]})
    migrated(url, after)
    filled(url, after, {"Items": [{"id": "b", "@odata.type": "#shop.Special", "extra": "x"}]})
    assert entities(url, after, "Items") == [{"id": "a"}, {"id": "b", "extra": "x"}]


def test_entities_that_begin_to_contain_others_get_names_of_their_own(url: str) -> None:
    line = EntityType("shop.Line", (a("n!", "Int32"),), (KeyProperty("n"),))
    contained = NavigationProperty("lines", "shop.Line", collection=True, contains_target=True)
    after = schema_of(Kind("Items", (a("id!"),), navigation=(contained,)), types=(line,))
    filled(url, items(), {"Items": [{"id": "a"}, {"id": "b"}]})
    migrated(url, after)
    filled(url, after, {"Items('a')/lines": [{"n": 1}], "Items('b')/lines": [{"n": 1}]})
    assert entities(url, after, "Items", "?$expand=lines") == [
        {"id": "a", "lines": [{"n": 1}]},
        {"id": "b", "lines": [{"n": 1}]},
    ]


def test_texts_become_members_of_enumerations_and_back(url: str) -> None:
    texts, colors, numbers = items(a("x")), items(a("x", "shop.Color")), items(a("x", "Int32"))
    filled(url, texts, {"Items": [{"id": "a", "x": "red"}, {"id": "b", "x": "green"}]})
    migrated(url, colors)
    assert [row["x"] for row in entities(url, colors, "Items")] == ["red", "green"]
    migrated(url, numbers)
    assert [row["x"] for row in entities(url, numbers, "Items")] == [1, 2]
    migrated(url, colors)
    migrated(url, texts)
    assert [row["x"] for row in entities(url, texts, "Items")] == ["red", "green"]


def indexes_of(url: str, schema: Schema) -> dict[str, tuple[str, ...]]:
    """The columns of the indexes of Items by name."""
    with opened(url, schema) as store:
        found = store.driver.details(store.connection(), ["Items"]).indexes["Items"]
        return {index.name: index.columns for index in found}


def indexed(name: str, type_name: str = "String", former: str = "") -> Property:
    part = a(name, type_name, former=former)
    return Property(part.name, part.type, annotations=(Annotation(INDEX), *part.annotations))


def test_indexes_come_go_and_are_made_again(url: str) -> None:
    before, after = items(indexed("x"), a("y")), items(a("x"), indexed("y"))
    filled(url, before, {"Items": [{"id": "a", "x": "1", "y": "2"}]})
    assert indexes_of(url, before) == {"Items-x": ("x", "id")}
    said, _ = migrated(url, after)
    assert said == ["drop index 'Items-x'", "make index 'Items-y'"]
    assert indexes_of(url, after) == {"Items-y": ("y", "id")}


def test_an_index_goes_with_its_column_whatever_becomes_of_it(url: str) -> None:
    filled(url, items(indexed("x")), {"Items": [{"id": "a", "x": "1"}]})
    renamed = items(indexed("title", former="x"))
    migrated(url, renamed)
    assert indexes_of(url, renamed) == {"Items-title": ("title", "id")}
    converted = items(indexed("title", "Int32"))
    migrated(url, converted)
    assert indexes_of(url, converted) == {"Items-title": ("title", "id")}
    assert entities(url, converted, "Items", "?$filter=title eq 1") == [{"id": "a", "title": 1}]


def test_indexes_of_others_stay(url: str) -> None:
    filled(url, items(indexed("x")), {})
    with opened(url, items()) as store:
        quoted = store.mapping.family.dialect.quoted
        store.connection().execute(f"CREATE INDEX theirs ON {quoted('Items')} ({quoted('odata-version')})")
    migrated(url, items(a("x")))
    assert indexes_of(url, items()) == {"theirs": ("odata-version",)}


def desks(*, partners: bool) -> Schema:
    """Desks and people, each of which leads to one of the other; as partners they agree."""
    person = NavigationProperty("person", "shop.People", partner="desk" if partners else None)
    desk = NavigationProperty("desk", "shop.Desks", partner="person" if partners else None)
    return schema_of(Kind("Desks", (a("id!"),), navigation=(person,)), Kind("People", (a("id!"),), navigation=(desk,)))


PEOPLE = {"People": [{"id": "ann"}, {"id": "bob"}, {"id": "cy"}]}


def seated(url: str, *bound: tuple[str, str, str]) -> None:
    """People and desks, some of which lead to each other: in columns of their own."""
    filled(url, desks(partners=False), {**PEOPLE, "Desks": [{"id": "d1"}, {"id": "d2"}, {"id": "d3"}]})
    with opened(url, desks(partners=False)) as store:
        for target, navigation, other in bound:
            body = {f"{navigation}@odata.bind": other}
            assert ask(Service(store.schema, store), "PATCH", target, body).status == 200


def test_what_either_of_two_partners_says_stands_in_one_key(url: str) -> None:
    seated(
        url,
        ("Desks('d1')", "person", "People('ann')"),
        ("People('ann')", "desk", "Desks('d1')"),
        ("People('bob')", "desk", "Desks('d2')"),
        ("Desks('d3')", "person", "People('cy')"),
    )
    after = desks(partners=True)
    with opened(url, after) as store, pytest.raises(StorageMismatch) as caught:
        store.create()
    assert caught.value.differences[0] == "Column 'People.desk-id' says what 'Desks.person-id' is to say alone."
    said, _ = migrated(url, after)
    assert said[:-1] == [
        "drop index 'Desks-person-id'",
        "drop index 'People-desk-id'",
        "copy what 'People.desk-id' says to 'Desks.person-id'",
        "drop column 'desk-id' of table 'People', which is copied",
    ]
    assert [(desk["id"], desk["person"]) for desk in entities(url, after, "Desks", "?$expand=person")] == [
        ("d1", {"id": "ann"}),
        ("d2", {"id": "bob"}),
        ("d3", {"id": "cy"}),
    ]


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ((("People('bob')", "desk", "Desks('d1')"), ("Desks('d1')", "person", "People('ann')")), "that of ('bob')"),
        ((("People('bob')", "desk", "Desks('d1')"), ("Desks('d2')", "person", "People('bob')")), "that of ('bob')"),
        ((("People('bob')", "desk", "Desks('d1')"), ("People('cy')", "desk", "Desks('d1')")), "that of ('bob')"),
        ((("Desks('d1')", "person", "People('cy')"), ("Desks('d2')", "person", "People('cy')")), "the first is ('cy')"),
    ],
)
def test_partners_that_do_not_agree_are_told_of(url: str, bound: tuple[tuple[str, str, str], ...], said: str) -> None:
    seated(url, *bound)
    with pytest.raises(StorageMismatch, match=said.replace("(", r"\(").replace(")", r"\)")):
        migrated(url, desks(partners=True))
