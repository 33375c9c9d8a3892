"""The model of real pages agrees with the metadata that their makers publish, where the page itself holds the fact."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import EntityType, EnumType, NavigationProperty, Property, Schema
from tests.reference import reference

SAMPLE = "graph-pages/sample"
Fact = dict[str, Any]


@dataclass
class Count:
    """How many facts agree, and each that does not."""

    equal: int = 0
    differing: list[str] = field(default_factory=list)

    def add(self, where: str, found: object, expected: object) -> None:
        if found == expected:
            self.equal += 1
        else:
            self.differing.append(f"{where}: {found} is not {expected}")

    @property
    def share(self) -> float:
        return self.equal / (self.equal + len(self.differing))

    def __str__(self) -> str:
        return f"{self.equal} agree, {len(self.differing)} differ\n" + "\n".join(self.differing)


@cache
def schema_of(group: str) -> Schema:
    return load_schema(reference(f"{SAMPLE}/{group}"))


def described_types() -> Iterator[tuple[str, Schema, str, Fact]]:
    """Each page with the schema of its group, the model's spelling of its type, and what the metadata says of it."""
    pages = json.loads(reference(f"{SAMPLE}/expected.json").read_text(encoding="utf-8"))["pages"]
    for path, fact in pages.items():
        schema = schema_of(path.partition("/")[0])
        names = {name.lower(): name for name in schema.types}
        if fact.get("type") and fact["type"].lower() in names:
            yield path, schema, names[fact["type"].lower()], fact


def said_by_the_page(facts: list[Fact]) -> Iterator[Fact]:
    yield from (fact for fact in facts if "page" not in fact)


def shape(known: Property | NavigationProperty | None) -> tuple[str, bool] | None:
    return None if known is None else (known.type.name.lower(), known.type.collection)


def member(schema: Schema, type_name: str, name: str) -> Property | NavigationProperty | None:
    members: dict[str, Property | NavigationProperty] = {
        **schema.properties(type_name),
        **schema.navigation_properties(type_name),
    }
    return next((known for known in members.values() if known.name.lower() == name.lower()), None)


def count_kinds() -> Count:
    count = Count()
    for path, schema, name, fact in described_types():
        # A page that states a key says "entity", whatever the metadata has.
        if fact.get("kind") == "entity" or (
            fact.get("kind") == "complex" and not fact.get("page", {}).get("keyProperty")
        ):
            count.add(path, "entity" if isinstance(schema.types[name], EntityType) else "complex", fact["kind"])
    return count


def count_members(section: str) -> Count:
    count = Count()
    for path, schema, name, fact in described_types():
        if schema.structured_type(name) is not None:
            for known in said_by_the_page(fact[section]):
                expected = (known["type"].lower(), known.get("collection", False))
                count.add(f"{path} {known['name']}", shape(member(schema, name, known["name"])), expected)
    return count


def count_keys() -> Count:
    count = Count()
    for path, schema, name, fact in described_types():
        is_said = not fact.get("page", {}).get("keyProperty")
        if isinstance(schema.types[name], EntityType) and fact["key"] and is_said:
            count.add(path, [part.name for part in schema.key(name)], fact["key"])
    return count


def count_enumeration_members() -> Count:
    count = Count()
    for path, schema, name, fact in described_types():
        declared = schema.types[name]
        if isinstance(declared, EnumType):
            found = {part.name: part.value for part in declared.members}
            said = fact.get("page", {}).get("members", fact["members"])
            for known in said:
                count.add(f"{path} {known['name']}", found.get(known["name"]), known["value"])
    return count


@pytest.mark.parametrize(
    ("count", "least"),
    [
        pytest.param(lambda: count_members("properties"), 0.98, id="properties"),
        pytest.param(count_keys, 0.98, id="keys"),
        pytest.param(lambda: count_members("navigation"), 0.99, id="navigation properties"),
        pytest.param(count_kinds, 0.97, id="kinds"),
        pytest.param(count_enumeration_members, 0.94, id="members of enumerations"),
    ],
)
def test_the_model_agrees_with_the_published_metadata(count: Any, least: float) -> None:
    found = count()
    assert found.share >= least, str(found)
