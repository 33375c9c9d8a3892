"""CSDL JSON documents become parts of a model (CSDL JSON 3 to 14)."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from msgspec import Struct

from odata_service.definition.csdl_grammar import MOST, too_many
from odata_service.definition.csdl_json_container import read_container
from odata_service.definition.csdl_json_facets import flag, read_facets, read_type
from odata_service.definition.csdl_json_grammar import grammar_problems
from odata_service.definition.csdl_json_values import ValueReader
from odata_service.definition.csdl_names import Declared, names_of
from odata_service.definition.json_lines import Located
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import ExternalAnnotations, Include, IncludeAnnotations, Namespace, Reference, Term
from odata_service.edm.model import (
    ComplexType,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    NavigationProperty,
    Property,
    ReferentialConstraint,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Function, Parameter, ReturnType
from odata_service.edm.types import TypeRef
from odata_service.edm.values import parse
from odata_service.errors import Origin, Problem, did_you_mean

Members = Mapping[str, object]


def read_json_document(
    located: Located, builder: SchemaBuilder, namespaces: frozenset[str] = frozenset()
) -> tuple[Reference, ...]:
    """Adds what a document defines; returns its references, whose files the caller may read.

    With `namespaces` only these of its schemas are read, and its references are no part of the model.
    """
    schemas = {name: found for name, found in located.root.items() if "$" not in name and isinstance(found, dict)}
    found = list(islice(grammar_problems(located), MOST + 1))
    names, problems = names_of(_declared(located, schemas))
    for problem in (*found[:MOST], *problems):
        builder.problem(problem)
    if len(found) > MOST:
        builder.problem(too_many(located.file))
        return ()
    reader = ValueReader(names, located, builder.problem)
    references = tuple(_references(located.root, reader))
    for reference in references if not namespaces else ():
        builder.add_reference(reference)
    for name, members in schemas.items():
        if not namespaces or name in namespaces:
            _SchemaReader(name, reader, builder).read(members)
    for problem in names.problems():
        builder.problem(problem)
    for reference in names.references():
        builder.add_reference(reference)
    return references


def _declared(located: Located, schemas: Mapping[str, Members]) -> Iterator[Declared]:
    for name, members in schemas.items():
        yield name, _text(members, "$Alias"), located.origin(members, "$Alias")
    for _, reference in _objects(located.root.get("$Reference")):
        for include in _each_object(reference.get("$Include")):
            yield _text(include, "$Namespace") or "", _text(include, "$Alias"), located.origin(include, "$Alias")


def _references(root: Members, reader: ValueReader) -> Iterator[Reference]:
    found = root.get("$Reference")
    stated: Members = found if isinstance(found, dict) else {}
    for uri, members in _objects(stated):
        includes = tuple(
            Include(
                _text(include, "$Namespace") or "",
                _text(include, "$Alias"),
                reader.annotations(include),
                reader.located.origin(include, "$Namespace"),
            )
            for include in _each_object(members.get("$Include"))
        )
        annotations = tuple(
            IncludeAnnotations(
                _text(part, "$TermNamespace") or "", _text(part, "$Qualifier"), _text(part, "$TargetNamespace")
            )
            for part in _each_object(members.get("$IncludeAnnotations"))
        )
        origin = reader.located.origin(stated, uri)
        yield Reference(uri, includes, annotations, reader.annotations(members), origin)


class _SchemaReader(Struct, frozen=True):
    """Reads one schema of a document."""

    namespace: str
    reader: ValueReader
    builder: SchemaBuilder

    def read(self, schema: Members) -> None:
        """Adds everything in the schema."""
        annotations, origin = self.reader.annotations(schema), self.reader.located.origin(schema, "$Alias")
        self.builder.add_namespace(Namespace(self.namespace, _text(schema, "$Alias"), annotations, origin))
        for name, value in schema.items():
            if name == "$Annotations" and isinstance(value, dict):
                self._external(value)
            elif not name.startswith("$") and "@" not in name:
                self._part(name, value, schema)

    def _part(self, name: str, value: object, schema: Members) -> None:
        origin = self.reader.located.origin(schema, name)
        if isinstance(value, list):
            for overload in _each_object(value):
                self._operation(f"{self.namespace}.{name}", overload, origin)
            return
        kind = value.get("$Kind") if isinstance(value, dict) else None
        add = _PARTS.get(kind) if isinstance(kind, str) else None
        if add is None or not isinstance(value, dict):
            self.builder.problem(Problem("error", _no_kind(name, value, kind), origin))
            return
        add(self, f"{self.namespace}.{name}", value, origin)

    def entity_type(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` EntityType."""
        self._note_closed(name, value)
        self.builder.add_type(
            EntityType(
                name,
                tuple(self._properties(value)),
                tuple(self._key(value)),
                tuple(self._navigation_properties(value)),
                self._qualified(value, "$BaseType"),
                self._flag(value, "$Abstract"),
                self._flag(value, "$OpenType"),
                self._flag(value, "$HasStream"),
                self.reader.annotations(value),
                origin,
            )
        )

    def complex_type(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` ComplexType."""
        self._note_closed(name, value)
        self.builder.add_type(
            ComplexType(
                name,
                tuple(self._properties(value)),
                tuple(self._navigation_properties(value)),
                self._qualified(value, "$BaseType"),
                self._flag(value, "$Abstract"),
                self._flag(value, "$OpenType"),
                self.reader.annotations(value),
                origin,
            )
        )

    def _note_closed(self, name: str, value: Members) -> None:
        if value.get("$OpenType") is False:
            self.builder.state_closed(name)

    def _key(self, value: Members) -> Iterator[KeyProperty]:
        parts = value.get("$Key", [])
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, str):
                yield KeyProperty(part, origin=self.reader.located.origin(value, "$Key"))
            elif isinstance(part, dict):
                for alias, path in part.items():
                    yield KeyProperty(str(path), alias, self.reader.located.origin(part, alias))

    def _members(self, value: Members) -> Iterator[tuple[str, Members, Origin]]:
        for name, member in value.items():
            if not name.startswith("$") and "@" not in name:
                origin = self.reader.located.origin(value, name)
                if isinstance(member, dict):
                    yield name, member, origin
                else:
                    self.builder.problem(Problem("error", f"'{name}' must be an object.", origin))

    def _properties(self, value: Members) -> Iterator[Property]:
        for name, member, origin in self._members(value):
            if member.get("$Kind", "Property") != "NavigationProperty":
                type_ref = self._type(member)
                default = self._default(member, type_ref)
                yield Property(name, type_ref, default, self.reader.annotations(member), origin)

    def _default(self, member: Members, type_ref: TypeRef) -> object:
        value = member.get("$DefaultValue")
        if value is None:
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not type_ref.is_primitive or type_ref.collection:
            return text
        try:
            return parse(text, type_ref)
        except ValueError as error:
            self.reader.error(member, "$DefaultValue", f"The default does not fit: {error}")
            return None

    def _navigation_properties(self, value: Members) -> Iterator[NavigationProperty]:
        for name, member, origin in self._members(value):
            if member.get("$Kind") == "NavigationProperty":
                collection = self._flag(member, "$Collection")
                partner = _text(member, "$Partner")
                constraints = member.get("$ReferentialConstraint", {})
                yield NavigationProperty(
                    name,
                    self.reader.names.qualified(_text(member, "$Type") or ""),
                    collection,
                    nullable=collection or self._flag(member, "$Nullable"),
                    partner=self.reader.names.path(partner) if partner else None,
                    contains_target=self._flag(member, "$ContainsTarget"),
                    referential_constraints=tuple(self._constraints(constraints)),
                    on_delete=_text(member, "$OnDelete"),
                    on_delete_annotations=self.reader.annotations(member, "$OnDelete"),
                    annotations=self.reader.annotations(member),
                    origin=origin,
                )

    def _constraints(self, value: object) -> Iterator[ReferentialConstraint]:
        if isinstance(value, dict):
            names = self.reader.names
            for name, referenced in value.items():
                if "@" not in name:
                    annotations = self.reader.annotations(value, name)
                    origin = self.reader.located.origin(value, name)
                    yield ReferentialConstraint(names.path(name), names.path(str(referenced)), annotations, origin)

    def enum_type(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` EnumType."""
        members = []
        for member, number in value.items():
            if not member.startswith("$") and "@" not in member:
                place = self.reader.located.origin(value, member)
                if not isinstance(number, int) or isinstance(number, bool):
                    self.builder.problem(Problem("error", f"The member '{member}' must be a whole number.", place))
                    continue
                members.append(Member(member, number, self.reader.annotations(value, member), place))
        underlying = _text(value, "$UnderlyingType") or "Edm.Int32"
        is_flags = self._flag(value, "$IsFlags")
        annotations = self.reader.annotations(value)
        self.builder.add_type(EnumType(name, tuple(members), underlying, is_flags, annotations, origin))

    def type_definition(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` TypeDefinition."""
        facets = read_facets(value, self._report(value))
        underlying = _text(value, "$UnderlyingType") or ""
        self.builder.add_type(TypeDefinition(name, underlying, facets, self.reader.annotations(value), origin))

    def term(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` Term."""
        applies_to = value.get("$AppliesTo", [])
        default = value.get("$DefaultValue")
        self.builder.add_term(
            Term(
                name,
                self._type(value),
                self._qualified(value, "$BaseTerm"),
                None if default is None else str(default).lower() if isinstance(default, bool) else str(default),
                tuple(str(part) for part in applies_to) if isinstance(applies_to, list) else (),
                self.reader.annotations(value),
                origin,
            )
        )

    def container(self, name: str, value: Members, origin: Origin) -> None:
        """`$Kind` EntityContainer."""
        read_container(name, value, origin, self.reader, self.builder)

    def _operation(self, name: str, value: Members, origin: Origin) -> None:
        parameters = tuple(
            Parameter(_text(found, "$Name") or "", self._type(found), self.reader.annotations(found), origin)
            for found in _each_object(value.get("$Parameter"))
        )
        stated = value.get("$ReturnType")
        returned = ReturnType(self._type(stated), self.reader.annotations(stated)) if isinstance(stated, dict) else None
        bound, path = self._flag(value, "$IsBound"), _text(value, "$EntitySetPath")
        path = self.reader.names.path(path) if path else None
        annotations = self.reader.annotations(value)
        match value.get("$Kind"), returned:
            case "Action", _:
                self.builder.add_operation(Action(name, parameters, returned, bound, path, annotations, origin))
            case "Function", ReturnType():
                composable = self._flag(value, "$IsComposable")
                self.builder.add_operation(
                    Function(name, returned, parameters, bound, composable, path, annotations, origin)
                )
            case "Function", _:
                message = f"Function '{name}' is left out: it needs a $ReturnType."
                self.builder.problem(Problem("warning", message, origin))
                self.builder.leave_out_operation(name)
            case kind, _:
                stated = f"the $Kind '{kind}'" if isinstance(kind, str) else "no $Kind"
                message = f"An overload of '{name}' has {stated}: write Action or Function."
                self.builder.problem(Problem("error", message, origin))

    def _external(self, targets: Members) -> None:
        for target, members in _objects(targets):
            annotations = self.reader.annotations(members)
            origin = self.reader.located.origin(targets, target)
            path = self.reader.names.path(target)
            self.builder.annotate_target(ExternalAnnotations(path, annotations, origin=origin))

    def _type(self, members: Members) -> TypeRef:
        return read_type(members, self.reader.names, self._report(members))

    def _flag(self, members: Members, name: str) -> bool:
        return flag(members, name, self._report(members))

    def _qualified(self, members: Members, name: str) -> str | None:
        text = _text(members, name)
        return self.reader.names.qualified(text) if text else None

    def _report(self, members: Members) -> Callable[[str, str], None]:
        return lambda name, message: self.reader.error(members, name, message)


_PARTS: dict[str, Callable[[_SchemaReader, str, Members, Origin], None]] = {
    "EntityType": _SchemaReader.entity_type,
    "ComplexType": _SchemaReader.complex_type,
    "EnumType": _SchemaReader.enum_type,
    "TypeDefinition": _SchemaReader.type_definition,
    "Term": _SchemaReader.term,
    "EntityContainer": _SchemaReader.container,
}


def _no_kind(name: str, value: object, kind: object) -> str:
    if not isinstance(value, dict):
        return f"'{name}' must be an object, or an array of operations."
    if not isinstance(kind, str):
        return f"'{name}' needs a $Kind. Write one of {', '.join(_PARTS)}."
    hint = did_you_mean(kind, list(_PARTS)) or f"Write one of {', '.join(_PARTS)}."
    return f"'{name}' has the $Kind '{kind}', which is none. {hint}"


def _objects(value: object) -> Iterator[tuple[str, Members]]:
    """The members of an object that are objects themselves."""
    if isinstance(value, dict):
        yield from ((name, member) for name, member in value.items() if isinstance(member, dict))


def _each_object(value: object) -> Iterator[Members]:
    if isinstance(value, list):
        yield from (member for member in value if isinstance(member, dict))


def _text(members: Members, name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None
