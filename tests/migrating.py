"""Small models and the way from one to another, for the tests of migrations."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odata_service.edm.annotations import FORMER_NAME, Annotation
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import (
    ComplexType,
    EntitySet,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    NavigationProperty,
    Property,
    Schema,
)
from odata_service.edm.types import Facets, TypeRef
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.migrate import Planned, migrate
from tests.asking import ask
from tests.servers import database_url

COLORS = EnumType("shop.Color", (Member("red", 1), Member("green", 2)))


def a(name: str, type_name: str = "String", default: object = None, *, former: str = "", **facets: object) -> Property:
    """A property; its name ends with `!` where it must not be null."""
    qualified = type_name if "." in type_name else f"Edm.{type_name}"
    type_ref = TypeRef(qualified, nullable=not name.endswith("!"), facets=Facets(**facets))  # type: ignore[arg-type]  # tests know the facets
    return Property(name.removesuffix("!"), type_ref, default, formerly(former))


def formerly(name: str) -> tuple[Annotation, ...]:
    """The annotation that tells a former name."""
    return (Annotation(FORMER_NAME, name),) if name else ()


@dataclass(frozen=True)
class Kind:
    """An entity set with its type: properties, the names of the key, navigation, a former name."""

    name: str
    properties: Sequence[Property]
    key: Sequence[str] = ("id",)
    navigation: Sequence[NavigationProperty] = ()
    former: str = ""


def schema_of(*kinds: Kind, types: Sequence[ComplexType | EntityType] = ()) -> Schema:
    """A schema with these sets, these further types and the enumeration shop.Color."""
    builder = SchemaBuilder()
    for declared in (COLORS, *types):
        builder.add_type(declared)
    for kind in kinds:
        key = tuple(KeyProperty(name) for name in kind.key)
        builder.add_type(EntityType(f"shop.{kind.name}", tuple(kind.properties), key, tuple(kind.navigation)))
        builder.add_entity_set(EntitySet(kind.name, f"shop.{kind.name}", annotations=formerly(kind.former)))
    return builder.freeze()


def items(*properties: Property, key: Sequence[str] = ("id",)) -> Schema:
    """A schema with one set, Items, keyed by a String id."""
    return schema_of(Kind("Items", (a("id!"), *properties), key))


@contextmanager
def place(family: str, directory: Path) -> Iterator[str]:
    """The URL of an empty database that stays between two stores."""
    if family == "sqlite":
        yield f"sqlite:///{directory / 'x.db'}"
        return
    with database_url(family) as url:
        yield url


@contextmanager
def opened(url: str, schema: Schema) -> Iterator[DatabaseStore]:
    """A store whose tables are as they are."""
    store = open_store(url, schema, Settings(track_changes=False))
    try:
        yield store
    finally:
        store.close()


def filled(url: str, schema: Schema, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Makes the tables of a schema and creates entities through the service."""
    with opened(url, schema) as store:
        store.create()
        service = Service(schema, store)
        for name, entities in rows.items():
            for entity in entities:
                answer = ask(service, "POST", name, dict(entity))
                assert answer.status == 201, answer.body


def migrated(url: str, schema: Schema, *, allow_drop: bool = False) -> tuple[list[str], Planned]:
    """Migrates: what was said, and the plan. The tables fit behind it, and nothing is left to do.

    What a family does in one statement is said in one sentence, parts of which are told apart here.
    """
    said: list[str] = []
    with opened(url, schema) as store:
        plan = migrate(store, said.append, allow_drop=allow_drop)
        store.create()
        again: list[str] = []
        migrate(store, again.append, allow_drop=allow_drop)
        assert again == []
    return [part for sentence in said for part in sentence.split("; ")], plan


def entities(url: str, schema: Schema, name: str, query: str = "") -> list[dict[str, object]]:
    """The entities of a set as the service gives them out, without control information."""
    with opened(url, schema) as store:
        store.create()
        answer = ask(Service(schema, store), "GET", f"{name}{query}")
        assert answer.status == 200, answer.body
        return [_plain(row) for row in answer.values]


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items() if "@" not in key}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value
