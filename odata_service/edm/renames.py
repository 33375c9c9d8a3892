"""Renames by annotation: what one source defines gets the name that another gives it, wherever it is spoken of.

Types, properties, navigation properties and children of the container can be renamed. Keys, partners, constraints,
bindings, paths and annotations follow; `Storage.KeptAs` remembers the name that values are stored by.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace

from odata_service.edm.annotations import KEPT_AS, RENAME, Annotation
from odata_service.edm.document import ExternalAnnotations
from odata_service.edm.draft import ContainerDraft, Draft
from odata_service.edm.model import (
    ActionImport,
    EntitySet,
    EntityType,
    EnumType,
    FunctionImport,
    NavigationBinding,
    NavigationProperty,
    Property,
    SchemaType,
    Singleton,
    TypeDefinition,
)
from odata_service.edm.new_names import NewNames, Start
from odata_service.edm.operations import Operation
from odata_service.edm.targets import own_members, target_of
from odata_service.edm.types import IDENTIFIER
from odata_service.errors import Origin, Problem

Report = Callable[[Problem], None]
Source = TypeVar("Source", EntitySet, Singleton)
Import = TypeVar("Import", ActionImport, FunctionImport)
Child = TypeVar("Child", EntitySet, Singleton, ActionImport, FunctionImport)


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


Part = TypeVar("Part", bound=_Named)


def renames_in(draft: Draft, report: Report) -> tuple[Draft, NewNames]:
    """The draft without the annotations that rename parts of it, and the new names; what cannot be is reported."""
    asked = _Asked(draft, report)
    external = [rest for found in draft.external_annotations if (rest := asked.take(found)) is not None]
    return replace(draft, external_annotations=external), asked.names


def renamed(draft: Draft, names: NewNames, report: Report) -> Draft:
    """The draft with every name as it is now."""
    return _Renaming(names, report).of(draft) if names.any else draft


class _Asked:
    """The renames that annotations ask for."""

    def __init__(self, draft: Draft, report: Report) -> None:
        self.names = NewNames(draft)
        self.places: dict[str, Annotation] = {}
        self._draft = draft
        self._report = report

    def take(self, external: ExternalAnnotations) -> ExternalAnnotations | None:
        """Annotations without their renames, which are noted; None where nothing else is stated."""
        others = tuple(found for found in external.annotations if found.term != RENAME)
        renames = [found for found in external.annotations if found.term == RENAME]
        for annotation in renames:
            if not self._note(external.target, annotation):
                return external
        return external if not renames else replace(external, annotations=others) if others else None

    def _note(self, path: str, annotation: Annotation) -> bool:
        """Notes a rename; whether there is anything at its path that can be renamed."""
        new = annotation.value
        if not isinstance(new, str) or not all(IDENTIFIER.fullmatch(part) for part in new.split(".")):
            message = f"'{path}' cannot be renamed to {new!r}: write a name as a String."
            self._report(Problem("error", message, annotation.origin))
            return True
        known = self.places.setdefault(path, annotation)
        if known.value != new:
            message = f"'{path}' is renamed to {known.value!r} at {known.origin} already: leave one out."
            self._report(Problem("error", message, annotation.origin))
        return self._place(path, new)

    def _place(self, path: str, new: str) -> bool:
        target, draft, names = target_of(path), self._draft, self.names
        structured = draft.structured_type(target.root)
        if target.root in draft.types and not target.rest:
            names.types[target.root] = new if "." in new else f"{target.root.rpartition('.')[0]}.{new}"
            return True
        if structured is not None:
            names.members[target.root, target.rest] = new
            return target.rest in own_members(structured)
        names.children[target.rest] = new
        children = draft.container.children() if target.root == draft.container_name else ()
        return any(child.name == target.rest for child in children)


class _Renaming:
    """Spells a whole draft with new names."""

    def __init__(self, names: NewNames, report: Report) -> None:
        self._names = names
        self._report = report

    def of(self, draft: Draft) -> Draft:
        """The draft with every name as it is now."""
        names = self._names
        terms = {
            name: replace(term, type=names.type_ref(term.type), annotations=names.annotations(term.annotations, None))
            for name, term in draft.terms.items()
        }
        namespaces = {
            name: replace(found, annotations=names.annotations(found.annotations, None))
            for name, found in draft.namespaces.items()
        }
        return replace(
            draft,
            types=self._by_name([self._type(declared) for declared in draft.types.values()], "Type"),
            operations={
                name: [self._operation(overload) for overload in overloads]
                for name, overloads in draft.operations.items()
            },
            terms=terms,
            namespaces=namespaces,
            container=self._container(draft.container),
            external_annotations=[self._external(external) for external in draft.external_annotations],
        )

    def _by_name(self, parts: Sequence[Part], what: str) -> dict[str, Part]:
        found: dict[str, Part] = {}
        for part in parts:
            other = found.setdefault(part.name, part)
            if other is not part:
                message = (
                    f"{what} '{part.name}' has the name of what is defined at {other.origin}: rename it otherwise."
                )
                self._report(Problem("error", message, part.origin))
        return found

    def _annotations(
        self, annotations: tuple[Annotation, ...], start: Start, old: str, new: str
    ) -> tuple[Annotation, ...]:
        """Annotations as they are now, with the old name of what has got a new one."""
        renamed = self._names.annotations(annotations, start)
        is_kept = old == new or any(annotation.term == KEPT_AS for annotation in annotations)
        return renamed if is_kept else (*renamed, Annotation(KEPT_AS, old))

    def _type(self, declared: SchemaType) -> SchemaType:
        old = declared.name
        new = self._names.type(old)
        annotations = self._annotations(declared.annotations, old, old, new)
        if isinstance(declared, EnumType | TypeDefinition):
            return replace(declared, name=new, annotations=annotations)
        properties = tuple(self._property(part, old) for part in declared.properties)
        navigation = tuple(self._navigation_property(part, old) for part in declared.navigation_properties)
        base = None if declared.base is None else self._names.type(declared.base)
        if isinstance(declared, EntityType):
            key = tuple(replace(part, path=self._names.path(part.path, old)) for part in declared.key)
            declared = replace(declared, key=key)
        return replace(
            declared,
            name=new,
            properties=properties,
            navigation_properties=navigation,
            base=base,
            annotations=annotations,
        )

    def _property(self, part: Property, owner: str) -> Property:
        name = self._names.member(owner, part.name)
        annotations = self._annotations(part.annotations, owner, part.name, name)
        return replace(part, name=name, type=self._names.type_ref(part.type), annotations=annotations)

    def _navigation_property(self, part: NavigationProperty, owner: str) -> NavigationProperty:
        names = self._names
        name = names.member(owner, part.name)
        constraints = tuple(
            replace(
                constraint,
                property=names.path(constraint.property, owner),
                referenced_property=names.path(constraint.referenced_property, part.target),
                annotations=names.annotations(constraint.annotations, owner),
            )
            for constraint in part.referential_constraints
        )
        return replace(
            part,
            name=name,
            target=names.type(part.target),
            partner=None if part.partner is None else names.path(part.partner, part.target),
            referential_constraints=constraints,
            on_delete_annotations=names.annotations(part.on_delete_annotations, owner),
            annotations=self._annotations(part.annotations, owner, part.name, name),
        )

    def _operation(self, operation: Operation) -> Operation:
        names = self._names
        start = {parameter.name: parameter.type.name for parameter in operation.parameters}
        parameters = tuple(
            replace(part, type=names.type_ref(part.type), annotations=names.annotations(part.annotations, start))
            for part in operation.parameters
        )
        returned = operation.return_type
        if returned is not None:
            annotations = names.annotations(returned.annotations, start)
            returned = replace(returned, type=names.type_ref(returned.type), annotations=annotations)
            operation = replace(operation, return_type=returned)
        path = operation.entity_set_path
        return replace(
            operation,
            parameters=parameters,
            entity_set_path=None if path is None else names.path(path, start),
            annotations=names.annotations(operation.annotations, start),
        )

    def _container(self, container: ContainerDraft) -> ContainerDraft:
        found = replace(
            container,
            annotations=self._names.annotations(container.annotations, None),
            entity_sets=self._children(container.entity_sets, self._source),
            singletons=self._children(container.singletons, self._source),
            action_imports=self._children(container.action_imports, self._import),
            function_imports=self._children(container.function_imports, self._import),
        )
        self._by_name(list(found.children()), "Entity set")
        return found

    def _children(self, children: Mapping[str, Child], renamed: Callable[[Child], Child]) -> dict[str, Child]:
        return self._by_name([renamed(child) for child in children.values()], "Entity set")

    def _source(self, source: Source) -> Source:
        names = self._names
        new = names.children.get(source.name, source.name)
        bindings = tuple(
            NavigationBinding(names.path(binding.path, source.entity_type), names.source_path(binding.target))
            for binding in source.navigation_bindings
        )
        return replace(
            source,
            name=new,
            entity_type=names.type(source.entity_type),
            navigation_bindings=bindings,
            annotations=self._annotations(source.annotations, source.entity_type, source.name, new),
        )

    def _import(self, found: Import) -> Import:
        names = self._names
        new = names.children.get(found.name, found.name)
        path = None if found.entity_set is None else names.source_path(found.entity_set)
        annotations = names.annotations(found.annotations, None)
        return replace(found, name=new, entity_set=path, annotations=annotations)

    def _external(self, external: ExternalAnnotations) -> ExternalAnnotations:
        annotations = self._names.annotations(external.annotations, self._names.start(external.target))
        return replace(external, target=self._names.target(external.target), annotations=annotations)
