"""From any small model to any other: the tables fit behind it, or it is refused and all is as before."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from odata_service.edm.model import Property, Schema
from odata_service.errors import StorageMismatch
from odata_service.service import Service
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.migrate import migrate
from tests.asking import ask
from tests.laws import examples
from tests.migrating import a, formerly, items

VALUES: dict[str, list[object]] = {
    "String": ["", "1", "true", "red", "2024-02-29", "x" * 20],
    "Int16": [0, 1, -300],
    "Int64": [0, 1, 2**40],
    "Decimal": [0, 1, -2.5],
    "Double": [0.0, 1.0, 2.5],
    "Boolean": [True, False],
    "Date": ["2024-02-29"],
    "DateTimeOffset": ["2024-02-29T00:00:00Z", "2024-02-29T10:00:00Z"],
    "shop.Color": ["red", "green"],
}
DEFAULTS: dict[str, object] = {"String": "1", "Int16": 1, "Int64": 1, "Boolean": True, "Date": "2024-02-29"}
ADVICE = ("Give the property", "Correct them first", "Fill them, or give", "Make them distinct")


@st.composite
def models(draw: st.DrawFn) -> list[Property]:
    """Properties named x, y, z, each there or not."""
    found = []
    for name in draw(st.lists(st.sampled_from("xyz"), unique=True)):
        kind = draw(st.sampled_from(list(VALUES)))
        length = draw(st.sampled_from([None, 5, 50])) if kind == "String" else None
        default = DEFAULTS.get(kind) if draw(st.booleans()) else None
        found.append(a(name + draw(st.sampled_from(["", "!"])), kind, default, max_length=length))
    return found


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema, list[dict[str, object]]]:
    """A model, another whose properties may be renamed ones of it, and rows of the first."""
    before, after = draw(models()), draw(models())
    gone = [part.name for part in before if part.name not in {other.name for other in after}]
    renamed = []
    for part in after:
        is_renamed = bool(gone) and draw(st.booleans())
        renamed.append(replace(part, annotations=formerly(gone.pop())) if is_renamed else part)
    rows: list[dict[str, object]] = []
    keys: list[str] = draw(st.lists(st.sampled_from("abc"), unique=True))
    for key in keys:
        row: dict[str, object] = {"id": key}
        for part in before:
            name = part.type.name.removeprefix("Edm.")
            possible = [value for value in VALUES[name] if len(str(value)) <= (part.type.facets.max_length or 50)]  # type: ignore[operator]  # lengths are numbers here
            row[part.name] = draw(st.sampled_from([*possible, *([None] if part.type.nullable else [])]))
        rows.append(row)
    return items(*before), items(*renamed), rows


def rows_of(store: DatabaseStore) -> list[dict[str, object]]:
    found = ask(Service(store.schema, store), "GET", "Items")
    assert found.status == 200, found.body
    return [{name: value for name, value in row.items() if "@" not in name} for row in found.values]


@pytest.fixture(scope="module", autouse=True)
def _recursion_is_bounded() -> None:
    """A service sets the bound for deep expressions; hypothesis wants none set while it looks."""
    store = open_store("sqlite://", items())
    store.create()
    Service(store.schema, store)
    store.close()


@settings(max_examples=examples(150), deadline=None)
@given(pairs())
def test_any_model_leads_to_any_other_or_the_way_is_refused(
    pair: tuple[Schema, Schema, list[dict[str, object]]],
) -> None:
    before, after, rows = pair
    first = open_store("sqlite://", before)
    first.create()
    for row in rows:
        assert ask(Service(before, first), "POST", "Items", row).status == 201
    known = rows_of(first)
    second = DatabaseStore(first.driver, after)
    try:
        migrate(second, lambda _: None)
    except StorageMismatch as refused:
        assert all(any(advice in said for advice in ADVICE) for said in refused.differences), refused.differences
        first.create()
        assert rows_of(first) == known
        first.close()
        return
    second.create()
    again: list[str] = []
    migrate(second, again.append)
    assert again == []
    assert_kept(known, rows_of(second), before, after)
    assert ask(Service(after, second), "POST", "Items", required(after)).status == 201
    first.close()


def assert_kept(known: list[dict[str, object]], found: list[dict[str, object]], before: Schema, after: Schema) -> None:
    """What has the same name and type in both has the same values, where it had any."""
    had, has = before.properties("shop.Items"), after.properties("shop.Items")
    same = [name for name, part in has.items() if name in had and had[name].type.name == part.type.name]
    stays = [name for name in same if not has[name].annotations]
    for old, new in zip(known, found, strict=True):
        assert [new[name] for name in stays if old[name] is not None] == [
            old[name] for name in stays if old[name] is not None
        ]


def required(schema: Schema) -> dict[str, object]:
    """An entity with a value for what must have one."""
    parts = schema.properties("shop.Items").values()
    values = {part.name: VALUES[part.type.name.removeprefix("Edm.")][-1] for part in parts if not part.type.nullable}
    return {**{name: "x" if value == "x" * 20 else value for name, value in values.items()}, "id": "new"}
