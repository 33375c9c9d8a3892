"""Strategies for whole models: every construct of CSDL 4.01, put together so that each rule is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import Annotation
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import (
    ExternalAnnotations,
    Include,
    IncludeAnnotations,
    Namespace,
    Reference,
    Term,
)
from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntitySet,
    EntityType,
    EnumType,
    FunctionImport,
    KeyProperty,
    Member,
    NavigationBinding,
    NavigationProperty,
    Property,
    ReferentialConstraint,
    Schema,
    SchemaType,
    Singleton,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Function, Parameter, ReturnType
from odata_service.edm.types import ABSTRACT_TYPES, PRIMITIVE_TYPES, Facets, Kind, TypeRef
from odata_service.errors import Origin
from tests.properties.expressions import ANNOTATIONS, annotations_as_json

_FLAGS = st.booleans()
_RARELY = st.sampled_from([False, False, False, True])
NAMESPACES = ("n", "n.Sub", "other.Place")
SOMEWHERE = Origin("generated", 1)
_KEYS = [name for name, row in PRIMITIVE_TYPES.items() if row.may_be_key]
_DEFAULTS: Mapping[str, object] = {
    "Edm.Boolean": True,
    "Edm.Byte": 255,
    "Edm.Int64": -(2**63),
    "Edm.String": "<ü>",
    "Edm.Date": "2024-02-29",
    "Edm.DateTimeOffset": "2024-02-29T12:00:00",
    "Edm.TimeOfDay": "12:00:00",
    "Edm.Duration": 36_000_000_000,
    "Edm.Guid": "00000000-0000-0000-0000-00000000000a",
    "Edm.Binary": b"\x00\xff",
    "Edm.Double": float("inf"),
}
_FACETS: Mapping[Kind, st.SearchStrategy[Facets]] = {
    Kind.STRING: st.builds(Facets, max_length=st.integers(9, 99), unicode=st.none() | st.booleans()),
    Kind.BINARY: st.builds(Facets, max_length=st.integers(9, 99)),
    Kind.STREAM: st.builds(Facets, max_length=st.integers(9, 99)),
    Kind.DECIMAL: st.builds(
        Facets,
        precision=st.integers(9, 30),
        scale=st.none() | st.integers(0, 9) | st.sampled_from(["variable", "floating"]),
    ),
    Kind.INSTANT: st.builds(Facets, precision=st.integers(0, 12)),
    Kind.TIME_OF_DAY: st.builds(Facets, precision=st.integers(0, 12)),
    Kind.DURATION: st.builds(Facets, precision=st.integers(0, 12)),
    Kind.GEOGRAPHY: st.builds(Facets, srid=st.integers(0, 9999) | st.just("variable")),
    Kind.GEOMETRY: st.builds(Facets, srid=st.integers(0, 9999) | st.just("variable")),
}
CONSTRAINED = Annotation("words.Note", "equal")
"""The official schema of CSDL JSON takes annotations of referential constraints only where they are texts."""
T = TypeVar("T")


@dataclass
class Drawing:
    """A model while it is drawn: a source of choices and of names that nothing else has."""

    draw: st.DrawFn
    count: int = 0
    enums: list[EnumType] = field(default_factory=list)
    definitions: list[TypeDefinition] = field(default_factory=list)
    complexes: list[ComplexType] = field(default_factory=list)
    entities: list[EntityType] = field(default_factory=list)

    def name(self, stem: str) -> str:
        """A simple identifier."""
        self.count += 1
        return f"{stem}{self.draw(st.sampled_from(['', '_', 'ß', 'X']))}{self.count}"

    def qualified(self, stem: str) -> str:
        """A qualified name in one of the namespaces."""
        return f"{self.draw(st.sampled_from(NAMESPACES))}.{self.name(stem)}"

    def flag(self) -> bool:
        """Yes or no."""
        return self.draw(_FLAGS)

    def chance(self) -> bool:
        """Yes, now and then."""
        return self.draw(_RARELY)

    def times(self, most: int) -> range:
        """A number of repetitions."""
        return range(self.draw(st.integers(0, most)))

    def pick(self, *options: T) -> T:
        """One of several."""
        return self.draw(st.sampled_from(options))

    def notes(self) -> tuple[Annotation, ...]:
        """Annotations."""
        return self.draw(ANNOTATIONS) if self.chance() else ()

    def primitive(self, *, nullable: bool | None = None, names: list[str] | None = None) -> TypeRef:
        """A primitive type with facets."""
        name = self.pick(*(names or PRIMITIVE_TYPES))
        kind = PRIMITIVE_TYPES[name].kind
        facets = self.draw(st.just(Facets()) | _FACETS[kind]) if kind in _FACETS else Facets()
        return TypeRef(name, nullable=self.flag() if nullable is None else nullable, facets=facets)

    def type_ref(self) -> TypeRef:
        """Any type that a property can have."""
        scalars: list[EnumType | TypeDefinition] = [*self.enums, *self.definitions]
        named = [*(found.name for found in scalars), *(found.name for found in self.complexes)]
        if named and self.flag():
            found = TypeRef(self.pick(*named), nullable=self.flag())
        elif self.draw(st.integers(0, 5)) == 0:
            found = TypeRef(self.pick(*sorted(ABSTRACT_TYPES - {"Edm.EntityType"})), nullable=self.flag())
        else:
            found = self.primitive()
        single = ("Edm.Stream", "Edm.ComplexType", "Edm.PrimitiveType")
        return replace(found, collection=found.name not in single and not self._is_stream(found.name) and self.flag())

    def _is_stream(self, name: str) -> bool:
        return any(found.name == name and found.underlying == "Edm.Stream" for found in self.definitions)

    def property(self) -> Property:
        """A structural property, some with a default."""
        found = self.type_ref()
        default = _DEFAULTS.get(found.name) if not found.collection and self.flag() else None
        return Property(self.name("p"), found, default, self.notes())

    def enumeration(self) -> EnumType:
        """An enumeration, of flags or not."""
        is_flags = self.flag()
        values = [2**i if is_flags else i * 3 - 2 for i in range(self.draw(st.integers(1, 3)))]
        underlying = self.pick("Edm.Int16", "Edm.Int32", "Edm.Int64")
        members = tuple(Member(self.name("M"), value, self.notes()) for value in values)
        return EnumType(self.qualified("Enum"), members, underlying, is_flags, self.notes())

    def definition(self) -> TypeDefinition:
        """A type definition."""
        found = self.primitive()
        return TypeDefinition(self.qualified("Definition"), found.name, found.facets, self.notes())

    def complex_type(self) -> ComplexType:
        """A complex type, some derived from another."""
        base = self.pick(*self.complexes) if self.complexes and self.flag() else None
        return ComplexType(
            self.qualified("Complex"),
            tuple(self.property() for _ in self.times(2)),
            base=base.name if base else None,
            abstract=self.flag() and (base is None or base.abstract),
            open=self.flag(),
            annotations=self.notes(),
        )

    def entity_type(self) -> EntityType:
        """An entity type with a key of its own or an inherited one; its own may lead through a complex property."""
        base = self.pick(*self.entities) if self.entities and self.flag() else None
        own = [self.property() for _ in self.times(2)]
        key: list[KeyProperty] = []
        if base is None:
            part = Property(self.name("key"), self.primitive(nullable=False, names=_KEYS), None, self.notes())
            own.append(part)
            key.append(KeyProperty(part.name, self.name("alias") if self.flag() else None))
        return EntityType(
            self.qualified("Entity"),
            tuple(own),
            tuple(key),
            base=base.name if base else None,
            abstract=self.flag() and (base is None or base.abstract),
            open=self.flag(),
            has_stream=self.flag(),
            annotations=self.notes(),
        )

    def navigation(self, target: EntityType, owner: EntityType) -> NavigationProperty:
        """A navigation property, some with a constraint on a property of the same type."""
        collection = self.flag()
        constraints = [
            ReferentialConstraint(mine.name, theirs.name, (CONSTRAINED,) * self.chance())
            for mine in owner.properties
            for theirs in target.properties
            if not collection
            and mine.type.name == theirs.type.name
            and not self._is_structured(mine.type)
            and not theirs.type.collection
        ][:1]
        return NavigationProperty(
            self.name("nav"),
            target.name,
            collection,
            nullable=collection or self.flag(),
            contains_target=self.flag(),
            referential_constraints=tuple(constraints),
            on_delete=action if (action := self.pick(None, "Cascade", "None", "SetNull", "SetDefault")) else None,
            on_delete_annotations=self.notes() if action else (),
            annotations=self.notes(),
        )

    def _is_structured(self, found: TypeRef) -> bool:
        return (
            found.collection or found.name in ABSTRACT_TYPES or any(found.name == part.name for part in self.complexes)
        )


@st.composite
def models(draw: st.DrawFn) -> Schema:
    """A whole model."""
    drawing = Drawing(draw)
    builder = SchemaBuilder()
    drawing.enums = [drawing.enumeration() for _ in drawing.times(2)]
    drawing.definitions = [drawing.definition() for _ in drawing.times(2)]
    for _ in drawing.times(3):
        drawing.complexes.append(drawing.complex_type())
    for _ in range(draw(st.integers(1, 3))):
        drawing.entities.append(drawing.entity_type())
    _connect(drawing)
    types: list[SchemaType] = [*drawing.enums, *drawing.definitions, *drawing.complexes, *drawing.entities]
    for declared in types:
        builder.add_type(declared)
    _document(drawing, builder)
    _operations(drawing, builder)
    _container(drawing, builder)
    return builder.freeze()


def _connect(drawing: Drawing) -> None:
    """Navigation properties with partners, between entity types and from complex types."""
    for _ in drawing.times(3):
        one, other = drawing.pick(*range(len(drawing.entities))), drawing.pick(*range(len(drawing.entities)))
        there = drawing.navigation(drawing.entities[other], drawing.entities[one])
        back = drawing.navigation(drawing.entities[one], drawing.entities[other])
        if drawing.flag():
            back = replace(
                back, collection=False, nullable=there.contains_target and one == other, contains_target=False
            )
            there, back = replace(there, partner=back.name), replace(back, partner=there.name)
        for index, navigation in ((one, there), (other, back)):
            owner = drawing.entities[index]
            drawing.entities[index] = replace(owner, navigation_properties=(*owner.navigation_properties, navigation))


def _document(drawing: Drawing, builder: SchemaBuilder) -> None:
    """Namespaces with aliases, references, terms, annotations of what stands elsewhere."""
    for index, namespace in enumerate(NAMESPACES):
        if drawing.flag():
            builder.add_namespace(Namespace(namespace, f"alias{index}" if drawing.flag() else None, drawing.notes()))
    for index in drawing.times(2):
        include = Include(f"far.Away{index}", drawing.pick(None, f"far{index}"), drawing.notes())
        wanted = IncludeAnnotations("far.Away", drawing.pick(None, "q"), drawing.pick(None, "n"))
        includes, annotated = drawing.pick(((include,), ()), ((), (wanted,)), ((include,), (wanted,)))
        builder.add_reference(Reference(f"http://a.b/c{index}.xml", includes, annotated, drawing.notes()))
    for _ in drawing.times(2):
        builder.add_term(
            Term(
                drawing.qualified("Term"),
                drawing.primitive(),
                applies_to=drawing.pick((), ("Property",), ("EntitySet", "Singleton")),
                annotations=drawing.notes(),
            )
        )
    for index in drawing.times(2):
        notes = drawing.notes()
        if notes:
            builder.annotate_target(ExternalAnnotations(f"far.Away.Type{index}/a", notes))


def _parameters(drawing: Drawing, owner: EntityType | None) -> tuple[Parameter, ...]:
    binding = [Parameter("it", TypeRef(owner.name, drawing.flag(), drawing.flag()))] if owner else []
    others = [Parameter(drawing.name("a"), drawing.primitive(names=_KEYS), drawing.notes()) for _ in drawing.times(2)]
    return (*binding, *others)


def _operations(drawing: Drawing, builder: SchemaBuilder) -> None:
    """Bound and unbound functions with overloads, actions with and without results, and their imports."""
    for _ in drawing.times(2):
        name = drawing.qualified("Function")
        result = ReturnType(drawing.type_ref(), drawing.notes())
        overloads = [_parameters(drawing, None), (Parameter(drawing.name("a"), TypeRef(drawing.entities[0].name)),)]
        for parameters in overloads[: drawing.draw(st.integers(1, 2))]:
            builder.add_operation(Function(name, result, parameters, False, drawing.flag(), None, drawing.notes()))
        if drawing.flag():
            builder.add_function_import(
                FunctionImport(
                    drawing.name("Import"),
                    name,
                    include_in_service_document=drawing.flag(),
                    annotations=drawing.notes(),
                )
            )
    for _ in drawing.times(2):
        owner = drawing.pick(None, *drawing.entities)
        name = drawing.qualified("Action")
        returns = ReturnType(TypeRef(owner.name, True), drawing.notes()) if owner else None
        path = "it" if owner and drawing.flag() else None
        builder.add_operation(
            Action(name, _parameters(drawing, owner), returns, owner is not None, path, drawing.notes())
        )
        if owner is None and drawing.flag():
            builder.add_action_import(ActionImport(drawing.name("Import"), name, annotations=drawing.notes()))


def _container(drawing: Drawing, builder: SchemaBuilder) -> None:
    builder.set_container(drawing.qualified("Container"), SOMEWHERE, annotations=drawing.notes())
    names = [drawing.name("Set") for _ in drawing.entities]
    holders = dict(zip((entity.name for entity in drawing.entities), names, strict=True))
    for entity in drawing.entities:
        bindings = tuple(
            NavigationBinding(part.name, holders[part.target])
            for part in entity.navigation_properties
            if not part.contains_target and drawing.flag()
        )
        builder.add_entity_set(
            EntitySet(
                holders[entity.name],
                entity.name,
                bindings,
                include_in_service_document=drawing.flag(),
                annotations=drawing.notes(),
            )
        )
        if drawing.flag():
            builder.add_singleton(
                Singleton(drawing.name("One"), entity.name, bindings, drawing.flag(), annotations=drawing.notes())
            )


def held_by_json(part: Any) -> Any:
    """A part of a model with what CSDL JSON holds of it.

    That is all but the types of constants in annotations, MaxLength="max", and overloads of a name that are of another
    kind than most of them.
    """
    match part:
        case Facets(max_length="max"):
            return replace(part, max_length=None)
        case tuple():
            if part and isinstance(part[0], Annotation):
                return annotations_as_json(part)
            return _of_one_kind(tuple(held_by_json(inner) for inner in part))
        case Mapping():
            return {name: held_by_json(inner) for name, inner in part.items()}
        case Struct():
            return replace(part, **{name: held_by_json(getattr(part, name)) for name in part.__struct_fields__})
        case _:
            return part


def _of_one_kind(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    actions = tuple(part for part in parts if isinstance(part, Action))
    functions = tuple(part for part in parts if isinstance(part, Function))
    if not (actions and functions):
        return parts
    return actions if len(actions) > len(functions) else functions
