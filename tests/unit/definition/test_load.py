import shutil
from pathlib import Path

import pytest

from odata_service.definition import check, load_schema
from odata_service.edm.annotations import ALSO_KNOWN_AS, description_of
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.document import GRAPH, Profile
from odata_service.edm.model import KeyProperty, ReferentialConstraint
from odata_service.errors import DefinitionError
from tests.models import METADATA, customer_schema, partners_schema
from tests.reference import reference

CUSTOMER = "microsoft.graph.Customer"
ALONE = """# Thing resource type

Namespace: test

## Properties
|Property|Type|Description|
|:---|:---|:---|
"""
FOOT = (
    '\n## JSON representation\n<!-- {"blockType": "resource", "keyProperty": "id", "@odata.type": "test.thing"} -->\n'
)


def written(path: Path, rows: str, members: str = '"id": "String"') -> Path:
    file = path / "thing.md"
    file.write_text(f"{ALONE}|id|String||\n{rows}\n{FOOT}```json\n{{{members}}}\n```\n", encoding="utf-8")
    return file


def messages(path: Path) -> list[str]:
    return [f"{problem.origin.line}: {problem.severity}: {problem.message}" for problem in check(path)]


def test_the_own_definition_has_no_problem() -> None:
    assert check(METADATA) == ()


def test_the_customer_definition_gives_the_model_of_its_page() -> None:
    schema = customer_schema()
    customer = schema.entity_type(CUSTOMER)
    assert [(known.name, known.type.name, known.type.nullable) for known in customer.properties] == [
        ("azureTenantId", "Edm.String", True),
        ("contractId", "Edm.String", True),
        ("contractType", "Edm.Int32", True),
        ("cosmosCreatedDateTimeUTC", "Edm.DateTimeOffset", True),
        ("cosmosLastModifiedDateTimeUTC", "Edm.DateTimeOffset", True),
        ("countryLetterCode", "Edm.String", True),
        ("delegatedPrivilegeStatus", "Edm.Int32", True),
        ("deletedDateTime", "Edm.DateTimeOffset", True),
        ("displayName", "Edm.String", True),
        ("domain", "Edm.String", True),
        ("id", "Edm.String", False),
        ("isDeleted", "Edm.Boolean", True),
        ("isOnBoardedToMTM", "Edm.Boolean", True),
        ("lastDAPRefreshDateTimeUtc", "Edm.DateTimeOffset", True),
        ("onboardingStatus", "Edm.Int32", True),
        ("partnerId", "Edm.String", True),
    ]
    assert customer.key == (KeyProperty("id"),)
    assert not customer.open
    assert schema.profile == GRAPH.with_habits(Profile(type_in_entities=True))
    assert all(description_of(known.annotations) for known in customer.properties)
    assert schema.container.entity_sets["Customers"].capabilities == Capabilities()


@pytest.mark.parametrize("source", ["graph-pages/sample/seed", "graph-pages/sample/seed/resources/customer.md"])
def test_the_page_as_its_makers_left_it_serves_customers(source: str) -> None:
    schema = load_schema(reference(source))
    assert list(schema.container.entity_sets) == ["Customers"]
    assert schema.entity_type(CUSTOMER).properties == tuple(
        known for known in (schema.properties(CUSTOMER).values()) if not known.annotations
    )


def test_another_type_name_on_an_api_page_is_a_warning_and_remembered() -> None:
    seed = reference("graph-pages/sample/seed")
    assert [(Path(found.origin.file).name, found.severity) for found in check(seed)] == [
        ("customer-get.md", "warning"),
        ("customer-post-customers.md", "warning"),
    ]
    annotations = load_schema(seed).entity_type(CUSTOMER).annotations
    assert [(known.term, known.value) for known in annotations] == [
        (ALSO_KNOWN_AS, ("microsoft.management.services.api.Customer",))
    ]


def test_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    text = (METADATA / "customer.md").read_text(encoding="utf-8")
    (tmp_path / "customer.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_schema(tmp_path) == load_schema(METADATA / "customer.md")


def test_a_directory_without_its_folders_reads_the_same(tmp_path: Path) -> None:
    for file in (METADATA / "customer.md", *sorted((METADATA / "api").iterdir())):
        shutil.copy(file, tmp_path)
    assert load_schema(tmp_path) == customer_schema()


def test_relationships_get_constraints_partners_and_bindings() -> None:
    schema = partners_schema()
    customer = schema.navigation_properties("contoso.sales.Customer")["partner"]
    assert (customer.partner, customer.referential_constraints) == (
        "customers",
        (ReferentialConstraint("partnerId", "id"),),
    )
    assert schema.navigation_properties("contoso.sales.Partner")["customers"].partner == "partner"
    assert schema.sources.targets["Customers", "partner"] == "Partners"
    assert schema.key("contoso.sales.OrderLine") == (KeyProperty("orderNumber"), KeyProperty("product"))


@pytest.mark.parametrize(
    ("row", "members", "expected"),
    [
        pytest.param("|age|Int32||", '"id": "String", "age": "Integer"', [], id="Integer agrees with Int32"),
        pytest.param("|born|DateTimeOffset||", '"born": "String (timestamp)"', [], id="timestamp agrees"),
        pytest.param(
            "|age|Int32||",
            '"age": "Boolean"',
            ["9: warning: 'age' is Int32 in the table, but 'Boolean' in the JSON representation. The table counts."],
            id="disagreement",
        ),
        pytest.param(
            "",
            '"id": "String", "age": 3',
            ["14: warning: 'age' is missing from the Properties table; it is read as Edm.Int32."],
            id="member without a row",
        ),
        pytest.param(
            "|tags|String collection||",
            "",
            [],
            id="collection",
        ),
        pytest.param(
            "|state|thingState||",
            "",
            ["9: warning: 'test.thingState' is defined by no page that was given; it is read as String."],
            id="unknown type",
        ),
        pytest.param(
            "|boss|person||\n\n## Relationships\n|Relationship|Type|\n|:---|:---|\n|boss|[person](person.md)|",
            "",
            [
                "9: info: 'test.person' is defined by no page that was given; "
                "it is declared as an open entity type with the key 'id'.",
                "9: info: 'boss' stands among the properties, but leads to entities of 'test.person'.",
            ],
            id="one name in both tables",
        ),
        pytest.param(
            "\n## Relationships\n|Relationship|Type|Description|\n|:---|:---|:---|\n|owner|[user](user.md)||",
            "",
            [
                "13: info: 'test.user' is defined by no page that was given; "
                "it is declared as an open entity type with the key 'id'."
            ],
            id="relationship to a page that is not given",
        ),
    ],
)
def test_rows_and_members_are_compared(tmp_path: Path, row: str, members: str, expected: list[str]) -> None:
    assert messages(written(tmp_path, row, members)) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Read-only.", (True, None, True)),
        ("Required. Its name.", (False, None, False)),
        ("Not nullable.", (False, None, False)),
        ("Maximum length is 64 characters.", (True, 64, False)),
        ("Plain.", (True, None, False)),
    ],
)
def test_phrases_of_a_description_change_the_property(
    tmp_path: Path, description: str, expected: tuple[bool, int | None, bool]
) -> None:
    known = load_schema(written(tmp_path, f"|name|String|{description}|")).properties("test.thing")["name"]
    is_computed = any(annotation.term.endswith(".Computed") for annotation in known.annotations)
    assert (known.type.nullable, known.type.facets.max_length, is_computed) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("gone.md", None, "There is no such file or directory."),
        ("model.txt", "x", "A '.txt' file is not read."),
        ("prose.md", "# Hello\n", "No resource is defined here."),
        ("empty.md", "", "No resource is defined here."),
    ],
)
def test_what_cannot_be_read_is_a_problem(tmp_path: Path, name: str, content: str | None, expected: str) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_text(content)
    with pytest.raises(DefinitionError) as caught:
        load_schema(source)
    (problem,) = caught.value.problems
    what_is_read = (
        "These are read: Markdown pages (.md), CSDL files, OData V2 and V3 EDMX "
        "(.xml, .edmx, .csdl, .json), and directories of them; "
        "and one SQLite file or database URL (sqlite:///…, postgresql://…, mariadb://…)."
    )
    assert str(problem) == f"{source}:1: error: {expected} {what_is_read}"


@pytest.mark.parametrize("tree", ["v1.0", "beta", "drafts", "current"])
def test_every_single_real_page_is_read_without_a_crash(tree: str) -> None:
    pages = sorted(reference(f"graph-pages/sample/{tree}/resources").iterdir())
    assert all(isinstance(check(page), tuple) for page in pages)


@pytest.mark.parametrize("tree", ["v1.0", "beta", "drafts", "current"])
def test_whole_trees_of_real_pages_are_read_without_an_error(tree: str) -> None:
    problems = check(reference(f"graph-pages/sample/{tree}"))
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_a_method_that_is_missing_from_the_table_is_not_allowed(tmp_path: Path) -> None:
    rows = "\n## Methods\n|Method|Return type|Description|\n|---|---|---|\n|[List](x.md)|[thing](thing.md) collection||"
    (entity_set,) = load_schema(written(tmp_path, rows)).container.entity_sets.values()
    assert entity_set.capabilities == Capabilities(
        readable=True, readable_by_key=False, insertable=False, updatable=False, deletable=False
    )


def test_an_entity_without_a_key_has_an_id(tmp_path: Path) -> None:
    file = tmp_path / "thing.md"
    file.write_text(
        f"{ALONE}|name|String||\n\n## Methods\n|Method|Return type|\n|---|---|\n|[Get](x.md)|[thing](thing.md)|\n"
    )
    assert messages(file) == [
        "1: warning: No annotation names the type; 'Thing' is taken from the title.",
        "1: info: The key property 'id' stands nowhere; it is read as String.",
    ]
    assert load_schema(file).key("test.Thing") == (KeyProperty("id"),)


def test_two_pages_of_one_type_in_a_directory_are_read_as_one(tmp_path: Path) -> None:
    first = written(tmp_path, "|size|Int32||")
    second = tmp_path / "zebra.md"
    second.write_text(first.read_text().replace("|size|Int32||", "|size|String||\n|color|String||"))
    assert [str(problem) for problem in check(tmp_path)] == [
        f"{second}:1: info: 'test.thing' is also described at {first}:1; the pages are read as one.",
        f"{second}:9: warning: 'size' has another type at {first}:9, which counts.",
    ]
    assert [(known.name, known.type.name) for known in load_schema(tmp_path).properties("test.thing").values()] == [
        ("id", "Edm.String"),
        ("size", "Edm.Int32"),
        ("color", "Edm.String"),
    ]
