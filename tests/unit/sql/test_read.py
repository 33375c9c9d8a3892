"""Plans to SQL: text and parameters whole."""

import pytest

from odata_service.plan.counts import plan_count
from odata_service.plan.paging import SkipToken, seek_of
from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.service.explain import explain
from odata_service.settings import Settings
from odata_service.sql import Mapping, build_count, build_read, mapping_of
from odata_service.sql.families.mariadb import MARIADB
from odata_service.sql.families.postgresql import POSTGRESQL
from odata_service.storage import open_store
from odata_service.url import parse_url, shape_of
from tests.models import partners_schema

SCHEMA = partners_schema()
MAPPING = mapping_of(SCHEMA)


def resolved(target: str) -> Query:
    path, _, query = target.partition("?")
    shape = shape_of(path, query, SCHEMA.container.entity_sets.keys())
    assert shape is not None
    slots = {(literal.option, literal.start, literal.text): place for place, literal in enumerate(shape.literals)}
    query_tree = resolve(parse_url(path, query), SCHEMA, slots=slots)
    assert isinstance(query_tree, Query)
    return query_tree


def where(target: str) -> tuple[str, tuple[str, ...]]:
    """The condition of the statement and its parameters."""
    statement = build_read(plan_read(resolved(target), SCHEMA), MAPPING).ranges[0]
    condition = statement.text.partition(" WHERE ")[2].partition(" ORDER BY ")[0]
    return condition, statement.parameters[:-1]


@pytest.mark.parametrize(
    ("filter_text", "condition", "parameters"),
    [
        ("name eq 'a'", '("t0"."name" = ?)', ("value 1 (Edm.String)",)),
        ("name ne null", '("t0"."name" IS NOT NULL)', ()),
        ("employees gt 5", '("t0"."employees" > ?)', ("value 1 (Edm.Int32)",)),
        ("not (employees gt 5)", 'NOT coalesce(("t0"."employees" > ?), 0)', ("value 1 (Edm.Int32)",)),
        (
            "employees ge 1 and isActive",
            '(("t0"."employees" >= ?) AND "t0"."isActive")',
            ("value 1 (Edm.Int32)",),
        ),
        ("name in ('a','b')", '("t0"."name" IN (?, ?))', ("value 1 (Edm.String)", "value 2 (Edm.String)")),
        ("contains(name,'%25')", '(instr("t0"."name", ?) > 0)', ("value 1 (Edm.String)",)),
        ("partner/name eq 'x'", '("t1"."name" = ?)', ("value 1 (Edm.String)",)),
        ("partner eq null", '("t1"."id" IS NULL)', ()),
    ],
)
def test_filters(filter_text: str, condition: str, parameters: tuple[str, ...]) -> None:
    assert where(f"Customers?$filter={filter_text}") == (condition, parameters)


def test_a_literal_never_stands_in_the_text() -> None:
    text = build_read(plan_read(resolved("Customers?$filter=name eq 'x'' OR 1=1 --'"), SCHEMA), MAPPING).ranges[0].text
    assert "1=1" not in text


def test_a_long_chain_is_a_shallow_tree() -> None:
    chain = " or ".join(f"name eq '{number}'" for number in range(512))
    condition, parameters = where(f"Customers?$filter={chain}")
    assert len(parameters) == 512
    assert condition.index('"') == 10


def part_of_children(mapping: Mapping, options: str = "") -> str:
    """The statement of the customers of each partner on a page, of which one is shown."""
    target = f"Partners?$expand=customers($select=name;$orderby=name;$top=1{options})"
    (child,) = build_read(plan_read(resolved(target), SCHEMA), mapping).children
    return child.statement.text


def test_the_keys_of_a_part_are_found_parent_by_parent() -> None:
    assert part_of_children(MAPPING, ";$skip=2") == (
        'SELECT "t0"."id", "t0"."name", "t0"."odata-version", "p"."key" AS "parent" '
        'FROM json_each(?) AS "p", "Customers" AS "t0" WHERE ("t0"."id" IN ('
        'SELECT "t0"."id" FROM "Customers" AS "t0" WHERE ("t0"."partnerId" = "p"."value") '
        'ORDER BY "t0"."name" ASC, "t0"."id" ASC LIMIT min(?, ?) OFFSET ?)) '
        'ORDER BY "p"."key", "t0"."name" ASC, "t0"."id" ASC LIMIT ?'
    )


def test_rows_of_expanded_collections_are_looked_up_for_pages_alone() -> None:
    assert part_of_children(mapping_of(SCHEMA, MARIADB)).count("LIMIT") == 1
    assert part_of_children(MAPPING, ";$count=true") == (
        'SELECT "t0"."id", "t0"."name", "t0"."odata-version", "w"."parent", "w"."total", '
        'CASE WHEN (("w"."place" <= (0 + ?)) AND ("w"."place" <= (0 + ?))) THEN 1 ELSE 0 END FROM ('
        'SELECT "t0"."id" AS "c0", "p"."key" AS "parent", '
        'row_number() OVER (PARTITION BY "p"."key" ORDER BY "t0"."name" ASC, "t0"."id" ASC) AS "place", '
        'count(*) OVER (PARTITION BY "p"."key") AS "total" '
        'FROM json_each(?) AS "p", "Customers" AS "t0" WHERE ("t0"."partnerId" = "p"."value")) AS "w" '
        'INNER JOIN "Customers" AS "t0" ON ("w"."c0" = "t0"."id") '
        'WHERE ((("w"."place" <= (0 + ?)) AND ("w"."place" <= (0 + ?))) OR ("w"."place" = 1)) '
        'ORDER BY "w"."parent", "w"."place" LIMIT ?'
    )


def test_rows_are_numbered_themselves_where_a_database_might_read_the_whole_table_to_look_them_up() -> None:
    assert "JOIN" not in part_of_children(mapping_of(SCHEMA, POSTGRESQL))


def test_postgresql_is_told_how_many_parents_there_are() -> None:
    found = part_of_children(mapping_of(SCHEMA, POSTGRESQL))
    assert found.partition(" FROM (SELECT * FROM ")[2].partition(' AS "p"')[0] == (
        'json_array_elements_text(CAST(%s AS json)) WITH ORDINALITY AS "e" ("value", "number") '
        "LIMIT json_array_length(CAST(%s AS json)) )"
    )


@pytest.mark.parametrize(
    "query", ["$orderby=partner/name", "$apply=groupby((partner/name),aggregate(employees with sum as n))"]
)
def test_a_whole_table_is_not_read_through_the_index_of_what_it_refers_to(query: str) -> None:
    store = open_store("sqlite:///:memory:", SCHEMA)
    store.create()
    plan = explain(f"Customers?{query}", store, Settings()).partition("Query plan\n")[2]
    assert "SCAN t0\n" in plan
    assert "SCAN t0 USING INDEX" not in plan


def test_a_count_counts_rows_and_nothing_else() -> None:
    statement = build_count(plan_count(resolved("Customers/$count?$filter=employees gt 5")), MAPPING).statement
    assert statement.text == 'SELECT count(*) FROM "Customers" AS "t0" WHERE ("t0"."employees" > ?)'


@pytest.mark.parametrize(
    ("order", "values", "conditions"),
    [
        ("", ("k",), ['("t0"."id" > ?)']),
        ("name", ("n", "k"), ['(("t0"."name" = ?) AND ("t0"."id" > ?))', '("t0"."name" > ?)']),
        ("name", (None, "k"), ['(("t0"."name" IS NULL) AND ("t0"."id" > ?))', '("t0"."name" IS NOT NULL)']),
        (
            "name desc",
            ("n", "k"),
            ['(("t0"."name" = ?) AND ("t0"."id" > ?))', '("t0"."name" < ?)', '("t0"."name" IS NULL)'],
        ),
        ("name desc", (None, "k"), ['(("t0"."name" IS NULL) AND ("t0"."id" > ?))']),
    ],
)
def test_what_follows_a_page_is_a_row_of_ranges(
    order: str, values: tuple[str | None, ...], conditions: list[str]
) -> None:
    query = resolved(f"Customers?$orderby={order}" if order else "Customers")
    seek = seek_of(SkipToken(2, None, values), plan_read(query, SCHEMA), 0)
    ranges = build_read(plan_read(query, SCHEMA, seek=seek), MAPPING).ranges
    assert [part.text.partition(" WHERE ")[2].partition(" ORDER BY ")[0] for part in ranges] == conditions
