"""New names for what is renamed, followed into types, paths and the values of annotations (CSDL 14.4.1, 15)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.annotations import (
    Annotation,
    Apply,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Record,
    UrlRef,
    Value,
)
from odata_service.edm.draft import Draft
from odata_service.edm.targets import target_of
from odata_service.edm.types import TypeRef

Start = str | Mapping[str, str] | None
"""Where paths begin: at a type, or at names that stand for types, as parameters do; None where nothing is known."""


class NewNames(Struct):
    """The new names of types by their old ones, of members by type and name, of the container's children."""

    draft: Draft
    types: dict[str, str] = field(default_factory=dict)
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything has a new name."""
        return bool(self.types or self.members or self.children)

    def type(self, name: str) -> str:
        """The name that a type has now."""
        return self.types.get(name, name)

    def type_ref(self, type_ref: TypeRef) -> TypeRef:
        """The use of a type under the name that it has now."""
        return replace(type_ref, name=self.types[type_ref.name]) if type_ref.name in self.types else type_ref

    def member(self, owner: str, name: str) -> str:
        """The name that a property of a type has now; the type may inherit it."""
        declaring, _ = self._members(owner).get(name, (owner, ""))
        return self.members.get((declaring, name), name)

    def path(self, path: str, start: Start) -> str:
        """A path as it is spelled now."""
        return "/".join(self._segments(path.split("/"), start))

    def _segments(self, segments: Sequence[str], start: Start) -> Iterator[str]:
        current = start if isinstance(start, str) else None
        for i, segment in enumerate(segments):
            name, at, term = segment.partition("@")
            if isinstance(start, Mapping) and i == 0:
                yield segment
                current = start.get(name)
            elif "." in name:
                yield f"{self.type(name)}{at}{term}"
                current = name
            elif current is None:
                yield segment
            else:
                yield f"{self.member(current, name)}{at}{term}"
                current = self._members(current).get(name, ("", ""))[1]

    def _members(self, name: str) -> dict[str, tuple[str, str]]:
        """The members of a type, inherited ones too: the type that declares each, and the type behind it."""
        known = self._known.get(name)
        if known is None:
            declared = self.draft.structured_type(name)
            known = self._known[name] = {}
            for part in reversed(self.draft.ancestry(declared)) if declared is not None else ():
                known |= {member.name: (part.name, member.type.name) for member in part.properties}
                known |= {member.name: (part.name, member.target) for member in part.navigation_properties}
        return known

    def target(self, path: str) -> str:
        """The target path of annotations as it is spelled now."""
        target = target_of(path)
        if target.root == self.draft.container_name and target.rest:
            child, slash, rest = target.rest.partition("/")
            way = self.path(rest, self.source_type(child)) if rest else ""
            return f"{target.root}/{self.children.get(child, child)}{slash}{way}"
        if self.draft.structured_type(target.root) is not None and target.rest:
            return f"{self.type(target.root)}/{self.path(target.rest, target.root)}"
        return path.replace(target.root, self.type(target.root), 1) if target.root in self.types else path

    def start(self, path: str) -> Start:
        """Where the paths in annotations of a target begin."""
        target = target_of(path)
        child = target.rest.partition("/")[0]
        return self.source_type(child) if target.root == self.draft.container_name else target.root

    def source_type(self, name: str) -> str | None:
        """The entity type of an entity set or singleton."""
        container = self.draft.container
        found = container.entity_sets.get(name) or container.singletons.get(name)
        return found.entity_type if found is not None else None

    def source_path(self, path: str) -> str:
        """A path that begins with a child of the container, its name perhaps before it."""
        container, slash, rest = path.partition("/") if "." in path.partition("/")[0] else ("", "", path)
        child, further, way = rest.partition("/")
        renamed = self.children.get(child, child)
        return f"{container}{slash}{renamed}{further}{self.path(way, self.source_type(child)) if way else ''}"

    def annotations(self, annotations: Sequence[Annotation], start: Start) -> tuple[Annotation, ...]:
        """Annotations with every name in their values as it is now."""
        return tuple(self._annotation(annotation, start) for annotation in annotations)

    def _annotation(self, annotation: Annotation, start: Start) -> Annotation:
        value = self.value(annotation.value, start)
        return replace(annotation, value=value, annotations=self.annotations(annotation.annotations, start))

    def values(self, values: Sequence[Value], start: Start) -> tuple[Value, ...]:
        """Several values."""
        return tuple(self.value(value, start) for value in values)

    def value(self, value: Value, start: Start) -> Value:
        """A value with every name in it as it is now."""
        match value:
            case tuple():
                return self.values(value, start)
            case EnumMember(name):
                return replace(value, type=self.type(name))
            case LabeledElementReference() | bool() | int() | float() | str() | bytes():
                return value
            case Path(path):
                return replace(value, path=self.path(path, start))
            case Record():
                return self._record(value, start)
            case Null() | UrlRef() | LabeledElement() | Apply() | Conversion() | If() | Operation():
                return self._dynamic(value, start)
            case _:
                return value

    def _record(self, record: Record, start: Start) -> Record:
        return replace(
            record,
            type=self.type(record.type) if record.type is not None else None,
            values={name: self.value(value, start) for name, value in record.values.items()},
            annotations=self.annotations(record.annotations, start),
            value_annotations={name: self.annotations(own, start) for name, own in record.value_annotations.items()},
        )

    def _dynamic(
        self, value: Null | UrlRef | LabeledElement | Apply | Conversion | If | Operation, start: Start
    ) -> Value:
        annotations = self.annotations(value.annotations, start)
        match value:
            case Null():
                return replace(value, annotations=annotations)
            case UrlRef(url):
                return replace(value, url=self.value(url, start), annotations=annotations)
            case LabeledElement(_, inner):
                return replace(value, value=self.value(inner, start), annotations=annotations)
            case Apply(_, arguments):
                return replace(value, arguments=self.values(arguments, start), annotations=annotations)
            case Conversion(_, type_ref, inner):
                new = self.type_ref(type_ref)
                return replace(value, type=new, value=self.value(inner, start), annotations=annotations)
            case If(condition, then, otherwise):
                other = None if otherwise is None else self.value(otherwise, start)
                condition, then = self.values((condition, then), start)
                return If(condition, then, other, annotations)
            case Operation(_, operands):
                return replace(value, operands=self.values(operands, start), annotations=annotations)
            case _:
                assert_never(value)
