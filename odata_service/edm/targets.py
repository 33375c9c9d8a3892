"""Annotations that stand apart from their targets move to them, whichever source defines these (CSDL 14.2.2).

What is stated apart stands for what the target says itself. Two statements apart that differ are an error that names
both, in one document a warning; a target that is nowhere is a warning. What this model does not define stays apart, as
do annotations of what lies further on a path than the parts of the model.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.annotations import Annotation
from odata_service.edm.document import ExternalAnnotations
from odata_service.edm.draft import ContainerDraft, Draft
from odata_service.edm.model import ContainerChild, EnumType, SchemaType, StructuredType, TypeDefinition
from odata_service.edm.operations import Action, Operation, Parameter, ReturnType
from odata_service.errors import Hints, Problem

Report = Callable[[Problem], None]

RETURN_TYPE = "$ReturnType"
_TARGET = re.compile(r"([^/(]+)(?:\(([^)]*)\))?(?:/(.*))?", re.DOTALL)


class _Annotated(Protocol):
    @property
    def annotations(self) -> tuple[Annotation, ...]: ...


Part = TypeVar("Part", bound=_Annotated)
Child = TypeVar("Child", bound=ContainerChild)


class Target(Struct, frozen=True):
    """A target path taken apart: what it begins with, the parameter types of an overload if stated, and the rest."""

    root: str
    overload: str | None
    rest: str


def target_of(path: str) -> Target:
    """The parts of a target path.

    >>> target_of("n.Discount(n.Product,Edm.Int32)/percent")
    Target(root='n.Discount', overload='n.Product,Edm.Int32', rest='percent')
    """
    found = _TARGET.fullmatch(path)
    return Target(found[1], found[2], found[3] or "") if found else Target(path, None, "")


def with_annotations(draft: Draft, report: Report) -> Draft:
    """The draft with annotations at their targets; what stays apart is what this model does not define."""
    found = _Statements(draft, report)
    kept = [external for external in draft.external_annotations if not found.take(external)]
    if len(kept) == len(draft.external_annotations):
        return draft
    return replace(
        draft,
        types={name: _on_type(declared, found) for name, declared in draft.types.items()},
        operations={
            name: [_on_operation(overload, found) for overload in overloads]
            for name, overloads in draft.operations.items()
        },
        terms={name: found.on(term, name) for name, term in draft.terms.items()},
        namespaces={name: found.on(namespace, name) for name, namespace in draft.namespaces.items()},
        container=_on_container(draft.container, draft.container_name, found),
        external_annotations=kept,
    )


class _Place(Struct, frozen=True):
    """What a path may go on with behind its root: the names of all parts, and of those that a type inherits.

    An annotation of an inherited part means the derived type alone, so it stays apart.
    """

    parts: Collection[str] = frozenset()
    inherited: Collection[str] = frozenset()


class _Statements(Struct):
    """What is stated apart, by target path."""

    draft: Draft
    report: Report
    stated: dict[str, dict[tuple[str, str | None], Annotation]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    hints: Hints = field(default_factory=Hints)
    places: dict[tuple[str, str | None], _Place | None] = field(default_factory=dict)
    foreign: frozenset[str] | None = None

    def take(self, external: ExternalAnnotations) -> bool:
        """Whether annotations have a target here, which they then wait for."""
        target = target_of(external.target)
        place = self._place(target)
        if place is None:
            self._report_unknown(target.root, external, self._roots())
            return False
        first = target.rest.partition("/")[0].partition("@")[0]
        if first and first not in place.parts and "." not in first:
            self._report_unknown(external.target, external, (f"{target.root}/{part}" for part in place.parts))
            return False
        if first != target.rest or target.rest in place.inherited:
            return False
        self.roots.add(target.root)
        for annotation in external.annotations:
            qualifier = annotation.qualifier or external.qualifier
            self._state(external.target, replace(annotation, qualifier=qualifier))
        return True

    def _state(self, target: str, annotation: Annotation) -> None:
        known = self.stated.setdefault(target, {}).setdefault((annotation.term, annotation.qualifier), annotation)
        if known.value != annotation.value:
            message = f"'{annotation.term}' of '{target}' has another value than at {known.origin}"
            if known.origin.file == annotation.origin.file:
                self.report(
                    Problem("warning", f"{message}, and the first one counts: leave one out.", annotation.origin)
                )
            else:
                self.report(Problem("error", f"{message}: leave one out.", annotation.origin))

    def _place(self, target: Target) -> _Place | None:
        """What may follow the root of a target; None where there is no such root. Found out once for each."""
        root = (target.root, target.overload)
        if root not in self.places:
            self.places[root] = self._found(target)
        return self.places[root]

    def _found(self, target: Target) -> _Place | None:
        draft, root = self.draft, target.root
        declared = draft.types.get(root)
        if isinstance(declared, EnumType):
            return _Place({member.name: None for member in declared.members})
        structured = draft.structured_type(root)
        if structured is not None:
            parts = {**draft.properties(structured), **draft.navigation_properties(structured)}
            return _Place(parts, parts.keys() - own_members(structured))
        if root in draft.operations:
            overloads = [one for one in draft.operations[root] if target.overload in (None, *_overloads(one))]
            return _Place(dict.fromkeys(_operation_parts(overloads))) if overloads else None
        if root == draft.container_name:
            return _Place({child.name: None for child in draft.container.children()})
        return _Place() if declared is not None or root in draft.terms or root in draft.namespaces else None

    def _roots(self) -> Iterator[str]:
        draft = self.draft
        yield from draft.types
        yield from draft.operations
        yield draft.container_name

    def _report_unknown(self, name: str, external: ExternalAnnotations, candidates: Iterable[str]) -> None:
        if target_of(name).root.rpartition(".")[0] in self._elsewhere():
            return
        hint = self.hints.nearest(name, candidates)
        message = f"The target '{external.target}' of these annotations is not defined.{hint}"
        self.report(Problem("warning", message, external.origin))

    def _elsewhere(self) -> frozenset[str]:
        """The namespaces of documents that are referred to and not at hand."""
        if self.foreign is None:
            referred = {include.namespace for reference in self.draft.references for include in reference.includes}
            prefixes = {root[:end] for root in self._roots() for end, letter in enumerate(root) if letter == "."}
            self.foreign = frozenset(referred - prefixes)
        return self.foreign

    def on(self, part: Part, *targets: str) -> Part:
        """A part of the model with what is stated of it under any of these paths."""
        stated = {key: found for target in targets for key, found in self.stated.get(target, {}).items()}
        if not stated:
            return part
        own = [stated.pop((known.term, known.qualifier), known) for known in part.annotations]
        changed: Part = replace(part, annotations=(*own, *stated.values()))  # type: ignore[type-var]  # a dataclass
        return changed


def own_members(declared: StructuredType) -> set[str]:
    """The names of the properties that a type declares itself."""
    return {part.name for part in declared.properties} | {part.name for part in declared.navigation_properties}


def _on_type(declared: SchemaType, found: _Statements) -> SchemaType:
    name = declared.name
    if name not in found.roots:
        return declared
    match declared:
        case EnumType():
            members = tuple(found.on(member, f"{name}/{member.name}") for member in declared.members)
            return found.on(replace(declared, members=members), name)
        case TypeDefinition():
            return found.on(declared, name)
        case _:
            properties = tuple(found.on(part, f"{name}/{part.name}") for part in declared.properties)
            navigation = tuple(found.on(part, f"{name}/{part.name}") for part in declared.navigation_properties)
            return found.on(replace(declared, properties=properties, navigation_properties=navigation), name)


def _overloads(operation: Operation) -> tuple[str, ...]:
    """The parameter types by which a target path may name an overload: of a bound action, its first alone does."""
    types = [str(parameter.type) for parameter in operation.parameters]
    return (",".join(types), *(types[:1] if isinstance(operation, Action) and operation.bound else ()))


def _operation_parts(overloads: Iterable[Operation]) -> list[str]:
    return [RETURN_TYPE, *(parameter.name for overload in overloads for parameter in overload.parameters)]


def _on_operation(operation: Operation, found: _Statements) -> Operation:
    if operation.name not in found.roots:
        return operation
    names = [operation.name, *(f"{operation.name}({types})" for types in _overloads(operation))]

    def on_part(part: Part, name: str) -> Part:
        return found.on(part, *(f"{known}/{name}" for known in names))

    parameters: list[Parameter] = [on_part(parameter, parameter.name) for parameter in operation.parameters]
    returned: ReturnType | None = operation.return_type
    if returned is not None:
        operation = replace(operation, return_type=on_part(returned, RETURN_TYPE))
    return found.on(replace(operation, parameters=tuple(parameters)), *names)


def _on_container(container: ContainerDraft, name: str, found: _Statements) -> ContainerDraft:
    def on_children(children: dict[str, Child]) -> dict[str, Child]:
        return {key: found.on(child, f"{name}/{key}") for key, child in children.items()}

    return replace(
        found.on(container, name),
        entity_sets=on_children(container.entity_sets),
        singletons=on_children(container.singletons),
        action_imports=on_children(container.action_imports),
        function_imports=on_children(container.function_imports),
    )
