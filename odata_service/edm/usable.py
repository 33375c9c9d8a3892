"""What a service can live without: parts of a collected model that lead nowhere are left out, each with a warning.

Documents in the wild name types of documents that are not at hand, bind to sets that are gone, or use names that no URL
can hold. All the rest of them is served; what a definition says of its own types stays a matter of `edm.rules`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import SequenceMatcher
from typing import TypeVar

from msgspec.structs import replace

from odata_service.edm.draft import ContainerDraft, Draft
from odata_service.edm.model import (
    ActionImport,
    EntitySet,
    EntityType,
    EnumType,
    Member,
    NavigationBinding,
    NavigationProperty,
    OperationImport,
    Property,
    SchemaType,
    Singleton,
    StructuredType,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Function, Operation
from odata_service.edm.repeated import without_repetitions
from odata_service.edm.types import ABSTRACT_TYPES, IDENTIFIER, PATH_TYPES, PRIMITIVE_TYPES, Kind
from odata_service.errors import Hints, Origin, Problem

NAMES = "Write a letter or '_', then letters, digits and '_', 128 at most."
_BUILT_IN = PRIMITIVE_TYPES.keys() | ABSTRACT_TYPES | PATH_TYPES
_TYPO = 0.8
"""How much of a built-in type's name another must have to be taken for a slip of the pen."""

Source = TypeVar("Source", EntitySet, Singleton)
Import = TypeVar("Import", bound=OperationImport)
Report = Callable[[Problem], None]


def usable(draft: Draft, report: Report) -> Draft:
    """The draft without what leads nowhere; each omission is reported."""
    foreign = _Foreign(draft)
    types = {name: known for name, declared in draft.types.items() if (known := _type(declared, foreign, report))}
    operations = dict(_operations(draft, foreign, report))
    kept = without_repetitions(replace(draft, types=types, operations=operations), report)
    gone = draft.left_out | (draft.operations.keys() - operations.keys())
    return replace(kept, container=_container(kept, gone, foreign.hints, report))


class _Foreign:
    """Which types belong to documents that are not at hand, or to no document at all."""

    def __init__(self, draft: Draft) -> None:
        self._types = draft.types.keys()
        included = {found.namespace for reference in draft.references for found in reference.includes}
        self._elsewhere = included - {name.rpartition(".")[0] for name in draft.types}
        self.hints = Hints()
        self._empty = {name for name, found in draft.types.items() if isinstance(found, EnumType) and _is_empty(found)}

    def reason(self, name: str) -> str | None:
        """Why values of a type cannot be served; None where they can, or where the name is a mistake."""
        if name in self._empty:
            return f"the enumeration '{name}' has no member"
        if name in self._types or name in _BUILT_IN:
            return None
        namespace = name.rpartition(".")[0]
        if namespace in self._elsewhere:
            return f"'{name}' is defined in a document that is not here"
        if namespace == "Edm" and not _is_slip(name):
            return f"'{name}' is no type of the standard"
        return None

    def why_unknown(self, name: str) -> str | None:
        """Why a type cannot be used, also where its name may be a mistake."""
        if name in self._types or name in _BUILT_IN:
            return self.reason(name)
        known = _BUILT_IN if name.startswith("Edm.") else self._types
        return self.reason(name) or f"the type '{name}' is not defined.{self.hints.nearest(name, known)}"


def _is_slip(name: str) -> bool:
    return any(SequenceMatcher(None, name.lower(), known.lower()).ratio() >= _TYPO for known in PRIMITIVE_TYPES)


def _left_out(what: str, origin: Origin, reason: str) -> Problem:
    return Problem("warning", f"{what} is left out: {reason}{'' if reason[-1] in '.?' else '.'}", origin)


def _type(declared: SchemaType, foreign: _Foreign, report: Report) -> SchemaType | None:
    if isinstance(declared, EnumType):
        return _enumeration(declared, report)
    if isinstance(declared, TypeDefinition):
        return declared
    properties = tuple(_properties(declared, foreign, report))
    navigation = tuple(_navigation_properties(declared, foreign, report))
    if len(properties) == len(declared.properties) and len(navigation) == len(declared.navigation_properties):
        return declared
    return replace(declared, properties=properties, navigation_properties=navigation)


def _enumeration(declared: EnumType, report: Report) -> EnumType | None:
    """The type with those members whose numbers its underlying type can hold (CSDL 10.1)."""
    members = []
    for member in declared.members:
        if _fits(member, declared):
            members.append(member)
        else:
            reason = f"its number {member.value} is beyond {declared.underlying}"
            report(_left_out(f"Member '{member.name}' of '{declared.name}'", member.origin, reason))
    if not members:
        report(_left_out(f"Enumeration '{declared.name}'", declared.origin, "it has no member"))
        return None
    return declared if len(members) == len(declared.members) else replace(declared, members=tuple(members))


def _is_empty(declared: EnumType) -> bool:
    return not any(_fits(member, declared) for member in declared.members)


def _fits(member: Member, declared: EnumType) -> bool:
    row = PRIMITIVE_TYPES.get(declared.underlying)
    return row is None or row.kind is not Kind.INTEGER or row.minimum <= member.value <= row.maximum


def _properties(declared: StructuredType, foreign: _Foreign, report: Report) -> Iterator[Property]:
    for part in declared.properties:
        reason = foreign.reason(part.type.name)
        if reason is None:
            yield part
        else:
            report(_left_out(f"'{part.name}' of '{declared.name}'", part.origin, reason))


def _navigation_properties(declared: StructuredType, foreign: _Foreign, report: Report) -> Iterator[NavigationProperty]:
    for part in declared.navigation_properties:
        reason = foreign.reason(part.target)
        if reason is None:
            yield part
        else:
            report(_left_out(f"'{part.name}' of '{declared.name}'", part.origin, reason))


def _operations(draft: Draft, foreign: _Foreign, report: Report) -> Iterator[tuple[str, list[Operation]]]:
    for name, overloads in draft.operations.items():
        kept = []
        for overload in overloads:
            reason = _why_not(overload, draft, foreign)
            if reason is None:
                kept.append(overload)
            else:
                report(_left_out(f"Operation '{name}'", overload.origin, reason))
        if kept:
            yield name, kept


def _why_not(operation: Operation, draft: Draft, foreign: _Foreign) -> str | None:
    """Why an overload cannot be: its name is that of a type (CSDL 5.2), or it needs values of unknown types."""
    known = draft.types.get(operation.name)
    if known is not None:
        return f"the type at {known.origin} has its name"
    used = [parameter.type.name for parameter in operation.parameters]
    if operation.return_type is not None:
        used.append(operation.return_type.type.name)
    return next((reason for name in used if (reason := foreign.why_unknown(name)) is not None), None)


def _container(draft: Draft, gone: set[str], hints: Hints, report: Report) -> ContainerDraft:
    container = draft.container
    keyed = {name for name, found in container.entity_sets.items() if _has_key(found, draft)}
    sets = {name: found for name, found in container.entity_sets.items() if _can_be_addressed(found, keyed, report)}
    singletons = {name: found for name, found in container.singletons.items() if _has_name(found, report)}
    targets = sets.keys() | singletons.keys()
    actions = _unbound(draft, Action)
    functions = _unbound(draft, Function)
    return replace(
        container,
        entity_sets={name: _bound(found, targets, hints, report) for name, found in sets.items()},
        singletons={name: _bound(found, targets, hints, report) for name, found in singletons.items()},
        action_imports=_imports(container.action_imports, actions, gone, hints, report),
        function_imports=_imports(container.function_imports, functions, gone, hints, report),
    )


def _has_name(child: EntitySet | Singleton | OperationImport, report: Report) -> bool:
    if IDENTIFIER.fullmatch(child.name):
        return True
    report(_left_out(f"'{child.name}'", child.origin, f"it is not a name that a URL can hold. {NAMES}"))
    return False


def _can_be_addressed(entity_set: EntitySet, keyed: Collection[str], report: Report) -> bool:
    """Whether a set's entities have keys; a set without them is missed only where no other is there (CSDL 6.5)."""
    if not _has_name(entity_set, report):
        return False
    if entity_set.name in keyed or not keyed:
        return True
    reason = f"its entity type '{entity_set.entity_type}' has no key"
    report(_left_out(f"Entity set '{entity_set.name}'", entity_set.origin, reason))
    return False


def _has_key(entity_set: EntitySet, draft: Draft) -> bool:
    declared = draft.types.get(entity_set.entity_type)
    return isinstance(declared, EntityType) and bool(draft.key(declared))


def _bound(source: Source, targets: set[str], hints: Hints, report: Report) -> Source:
    bindings = tuple(_bindings(source, targets, hints, report))
    return source if len(bindings) == len(source.navigation_bindings) else replace(source, navigation_bindings=bindings)


def _bindings(
    source: EntitySet | Singleton, targets: set[str], hints: Hints, report: Report
) -> Iterator[NavigationBinding]:
    for binding in source.navigation_bindings:
        target = binding.target.partition("/")[0]
        if target in targets or "." in target:
            yield binding
        else:
            message = f"'{binding.path}' of '{source.name}' is bound to '{binding.target}', which is no entity set."
            origin = binding.origin if binding.origin.file else source.origin
            report(Problem("warning", f"{message}{hints.nearest(target, targets)}", origin))


def _unbound(draft: Draft, kind: type[Action] | type[Function]) -> dict[str, bool]:
    """The operations of a kind by name, and whether one of their overloads is unbound, as an import needs it."""
    found: dict[str, bool] = {}
    for name, overloads in draft.operations.items():
        of_kind = [overload for overload in overloads if isinstance(overload, kind)]
        if of_kind:
            found[name] = not all(overload.bound for overload in of_kind)
    return found


def _imports(
    imports: dict[str, Import], operations: Mapping[str, bool], gone: Collection[str], hints: Hints, report: Report
) -> dict[str, Import]:
    """The imports whose operations are there and unbound (CSDL 13.5, 13.6)."""
    kept = {}
    for name, found in imports.items():
        operation = found.operation
        if operations.get(operation):
            if _has_name(found, report):
                kept[name] = found
        elif operation in gone:
            report(_left_out(f"'{name}'", found.origin, f"so is '{operation}'"))
        elif operation in operations:
            reason = f"'{operation}' is bound, and called on what it is bound to"
            report(_left_out(f"'{name}'", found.origin, reason))
        else:
            kind = "action" if isinstance(found, ActionImport) else "function"
            message = f"'{name}' is left out: there is no {kind} '{operation}'."
            report(Problem("warning", f"{message}{hints.nearest(operation, operations)}", found.origin))
    return kept
