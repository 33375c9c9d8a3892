import pytest

from odata_service.definition.statements import NOTHING, Statements, listed_values, read_statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("The name.", NOTHING, id="nothing"),
        pytest.param("Its name. Read-only.", Statements(read_only=True), id="read-only"),
        pytest.param("Read Only.", Statements(read_only=True), id="read only in two words"),
        pytest.param("Read-only for synchronized users.", NOTHING, id="read-only for some"),
        pytest.param("Required. Its name.", Statements(required=True), id="required"),
        pytest.param("Required when there is no name.", NOTHING, id="required at times"),
        pytest.param("Not nullable.", Statements(not_nullable=True), id="not nullable"),
        pytest.param("A non-nullable list.", Statements(not_nullable=True), id="non-nullable"),
        pytest.param("Key. Not nullable.", Statements(key=True, not_nullable=True), id="key"),
        pytest.param(
            "Valid values are: `a`, `b`. Separate several by a comma: a comma-separated list.",
            Statements(values=("a", "b"), several=True),
            id="several values in one text",
        ),
        pytest.param(
            "Key, not nullable, Read-only.", Statements(key=True, not_nullable=True, read_only=True), id="key and more"
        ),
        pytest.param("**Notes**: **key**, immutable.", Statements(key=True, immutable=True), id="key in notes"),
        pytest.param("The owner. Once set, it is read-only.", NOTHING, id="read-only later"),
        pytest.param("The user. Required format: `a@b.c`.", NOTHING, id="required format"),
        pytest.param(
            "Possible values are:</br>`open`\u2014It is open, see `x`.</br> `shut` \u2014 It is not.",
            Statements(values=("open", "shut")),
            id="values that are explained",
        ),
        pytest.param(
            "Values are: `a`, `b,` `c`.", Statements(values=("a", "b", "c")), id="a comma inside of the ticks"
        ),
        pytest.param("Possible values: `a` for one way, or `b` for another.", NOTHING, id="no list of values alone"),
        pytest.param("Values are: <br/>`a`<br/>`b`", Statements(values=("a", "b")), id="values on lines of their own"),
        pytest.param("Possible values: `a` - one way, `b` - another.", Statements(values=("a", "b")), id="with dashes"),
        pytest.param(
            "A unique thing Key. Not nullable.", Statements(key=True, not_nullable=True), id="key behind words"
        ),
        pytest.param("Key of the entity.", Statements(key=True), id="key of the entity"),
        pytest.param("The key of the door.", NOTHING, id="another key"),
        pytest.param("Immutable.", Statements(immutable=True), id="immutable"),
        pytest.param("It cannot be changed.", Statements(immutable=True), id="cannot be changed"),
        pytest.param("Deprecated. Use `b`.", Statements(deprecated=True), id="deprecated"),
        pytest.param("Maximum length is 64 characters.", Statements(max_length=64), id="maximum length"),
        pytest.param("The maximum allowed size is 1,024 characters.", Statements(max_length=1024), id="allowed size"),
        pytest.param("Text (max. 256).", Statements(max_length=256), id="max."),
        pytest.param("A maximum of 10 people.", NOTHING, id="maximum of something else"),
        pytest.param("The default value is `false`.", Statements(default="false"), id="default"),
        pytest.param("Default is 3.", NOTHING, id="default without ticks"),
        pytest.param(
            "Inherited from [base](base.md). Read-only.",
            Statements(inherited_from="base", read_only=True),
            id="inherited",
        ),
        pytest.param(
            "Supports `$filter` (`eq`, `ne`, `startsWith`), `$search`, and `$orderby`.",
            Statements(filter_operators=("eq", "ne", "startswith")),
            id="query options",
        ),
        pytest.param("Does not support `$filter`.", Statements(not_queryable=frozenset({"filter"})), id="no filter"),
        pytest.param("Possible values are: `a`, `b`.", Statements(values=("a", "b")), id="values"),
    ],
)
def test_phrases_of_a_description_are_statements(text: str, expected: Statements) -> None:
    assert read_statements(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Possible values are: `a`, `b`, and `c`.", ("a", "b", "c"), id="and"),
        pytest.param("The possible value are `incoming` or `outgoing`. Read-only.", ("incoming", "outgoing"), id="or"),
        pytest.param("Supported values: a, b. More.", ("a", "b"), id="without ticks"),
        pytest.param(
            "Possible values are: `null` (default value), `on` (for now), `off`.", ("on", "off"), id="remarks"
        ),
        pytest.param("Must be one of `left`, or `right`.", ("left", "right"), id="must be one of"),
        pytest.param("Values: active, updated, deleted.", ("active", "updated", "deleted"), id="values alone"),
        pytest.param("One of the following values: `24x7`, `in-progress`.", ("24x7", "in-progress"), id="no names"),
        pytest.param("Valid values are described in the following table.", (), id="prose"),
        pytest.param("The values of the columns.", (), id="other values"),
        pytest.param(
            "The possible values are: `a`, `unknownFutureValue`. Use the `Prefer: include-unknown-enum-members` header "
            "to get the following value(s) in this [enum](/x#y): `b`, `c`.",
            ("a", "unknownFutureValue", "b", "c"),
            id="further values",
        ),
    ],
)
def test_a_description_lists_values(text: str, expected: tuple[str, ...]) -> None:
    assert listed_values(text) == expected
