"""The entity container of CSDL JSON (CSDL JSON 13)."""

from collections.abc import Iterator, Mapping

from odata_service.definition.csdl_json_values import ValueReader
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import ActionImport, EntitySet, FunctionImport, NavigationBinding, Singleton
from odata_service.errors import Origin, Problem

Members = Mapping[str, object]


def read_container(name: str, value: Members, origin: Origin, reader: ValueReader, builder: SchemaBuilder) -> None:
    """Adds a container and its children."""
    extends = value.get("$Extends")
    builder.set_container(
        name,
        origin,
        extends=reader.names.qualified(extends) if isinstance(extends, str) else None,
        annotations=reader.annotations(value),
    )
    for child, members in value.items():
        if not child.startswith("$") and "@" not in child:
            place = reader.located.origin(value, child)
            if isinstance(members, dict):
                _add(child, members, place, reader, builder)
            else:
                builder.problem(Problem("error", f"'{child}' must be an object.", place))


def _add(name: str, members: Members, origin: Origin, reader: ValueReader, builder: SchemaBuilder) -> None:
    """An entity set is a collection, a singleton has a type, the imports name their operation."""
    annotations = reader.annotations(members)
    entity_set = members.get("$EntitySet")
    path = reader.names.path(entity_set) if isinstance(entity_set, str) else None
    if "$Action" in members:
        action = reader.names.qualified(_text(members, "$Action"))
        builder.add_action_import(ActionImport(name, action, path, annotations, origin))
    elif "$Function" in members:
        function = reader.names.qualified(_text(members, "$Function"))
        listed = members.get("$IncludeInServiceDocument") is True
        builder.add_function_import(FunctionImport(name, function, path, listed, annotations, origin))
    elif members.get("$Collection") is True:
        builder.add_entity_set(
            EntitySet(
                name,
                reader.names.qualified(_text(members, "$Type")),
                tuple(_bindings(members, reader)),
                include_in_service_document=members.get("$IncludeInServiceDocument") is not False,
                annotations=annotations,
                origin=origin,
            )
        )
    else:
        entity_type = reader.names.qualified(_text(members, "$Type"))
        nullable = members.get("$Nullable") is True
        bindings = tuple(_bindings(members, reader))
        builder.add_singleton(
            Singleton(name, entity_type, bindings, nullable=nullable, annotations=annotations, origin=origin)
        )


def _bindings(members: Members, reader: ValueReader) -> Iterator[NavigationBinding]:
    found = members.get("$NavigationPropertyBinding")
    stated: Members = found if isinstance(found, dict) else {}
    for path, target in stated.items():
        origin = reader.located.origin(stated, path)
        yield NavigationBinding(reader.names.path(path), reader.names.path(str(target)), origin)


def _text(members: Members, name: str) -> str:
    """The text of a member; empty where it is missing, which the grammar says."""
    value = members.get(name)
    return value if isinstance(value, str) else ""
