"""The model that a `$metadata` document declares, as far as it can be read: what payloads are compared with.

It is read with patience, since what is wrong with it is what is looked for.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from odata_service.definition.safe_xml import Element
from odata_service.doctor.grammar import ABSTRACT, EDM, ONLY_IN_401, PATHS
from odata_service.edm.types import PRIMITIVE_TYPES

_NAMED = ("EntityType", "ComplexType", "EnumType", "TypeDefinition")
_DEEPEST = 100


class Member(Struct, frozen=True):
    """A property of a type: the text of its type, and the element that declares it."""

    name: str
    type: str
    nullable: bool
    element: Element

    @property
    def element_type(self) -> str:
        """The name of the type, that of the members of a collection."""
        return self.type.removeprefix("Collection(").removesuffix(")") if self.is_collection else self.type

    @property
    def is_collection(self) -> bool:
        """Whether the value is a collection."""
        return self.type.startswith("Collection(")


class Declared(Struct):
    """A type of the model with what it declares itself."""

    name: str
    kind: str
    element: Element
    base: str | None = None
    properties: dict[str, Member] = field(default_factory=dict)
    navigations: dict[str, Member] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    is_open: bool = False


class Model(Struct):
    """All types by qualified name; entity sets and singletons with the names of their types."""

    types: dict[str, Declared] = field(default_factory=dict)
    sets: dict[str, Member] = field(default_factory=dict)
    singletons: dict[str, Member] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    containers: list[Element] = field(default_factory=list)

    def resolved(self, name: str) -> str:
        """A qualified name with the namespace in the place of its alias."""
        namespace, dot, local = name.rpartition(".")
        return f"{self.aliases.get(namespace, namespace)}{dot}{local}"

    def knows(self, name: str) -> bool:
        """Whether a name is that of a type, primitive ones included."""
        return name in PRIMITIVE_TYPES or name in ABSTRACT | ONLY_IN_401 | PATHS or self.resolved(name) in self.types

    def ancestry(self, name: str) -> Iterator[Declared]:
        """A type and its base types, as far as they are there; one that inherits from itself ends."""
        current: str | None = name
        for _ in range(_DEEPEST):
            found = self.types.get(self.resolved(current)) if current else None
            if found is None:
                return
            yield found
            current = found.base

    def members(self, name: str) -> dict[str, Member]:
        """The structural properties of a type, inherited ones included."""
        return {key: part for declared in self.ancestry(name) for key, part in declared.properties.items()}

    def navigations(self, name: str) -> dict[str, Member]:
        """The navigation properties of a type, inherited ones included."""
        return {key: part for declared in self.ancestry(name) for key, part in declared.navigations.items()}

    def key(self, name: str) -> tuple[str, ...]:
        """The paths of a type's key."""
        return next((declared.key for declared in self.ancestry(name) if declared.key), ())

    def is_open(self, name: str) -> bool:
        """Whether entities may have properties that are not declared."""
        return any(declared.is_open for declared in self.ancestry(name))

    def is_derived(self, name: str, base: str) -> bool:
        """Whether a type is another one or inherits from it."""
        return any(declared.name == self.resolved(base) for declared in self.ancestry(name))


def schemas_of(root: Element, namespace: str = EDM) -> list[Element]:
    """The schema elements of a document."""
    return list(root.iter(f"{{{namespace}}}Schema"))


def read_model(root: Element) -> Model:
    """The model of a document of version 4."""
    model = Model()
    for schema in schemas_of(root):
        namespace = schema.get("Namespace", "")
        model.namespaces.add(namespace)
        if schema.get("Alias"):
            model.aliases[schema.get("Alias", "")] = namespace
        for child in schema:
            _read_child(child, namespace, model)
    return model


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def is_edm(element: Element, namespace: str = EDM) -> bool:
    """Whether an element is one of CSDL."""
    return isinstance(element.tag, str) and element.tag.startswith(f"{{{namespace}}}")


def _read_child(child: Element, namespace: str, model: Model) -> None:
    kind, name = local(child), f"{namespace}.{child.get('Name', '')}"
    if kind in _NAMED:
        model.types[name] = _declared(child, name, kind)
    elif kind in {"Action", "Function"}:
        model.operations.add(name)
    elif kind == "EntityContainer":
        model.containers.append(child)
        for part in child:
            member = Member(part.get("Name", ""), part.get("EntityType") or part.get("Type") or "", False, part)
            if local(part) == "EntitySet":
                model.sets[member.name] = member
            elif local(part) == "Singleton":
                model.singletons[member.name] = member


def _declared(element: Element, name: str, kind: str) -> Declared:
    found = Declared(name, kind, element, element.get("BaseType"), is_open=element.get("OpenType") == "true")
    for part in element:
        member = Member(part.get("Name", ""), part.get("Type", ""), part.get("Nullable") != "false", part)
        match local(part):
            case "Property":
                found.properties[member.name] = member
            case "NavigationProperty":
                found.navigations[member.name] = member
            case "Key":
                found.key = tuple(reference.get("Name", "") for reference in part if local(reference) == "PropertyRef")
    return found
