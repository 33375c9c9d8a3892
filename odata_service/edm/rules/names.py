"""Names: identifiers, namespaces, and what must be called differently (CSDL 5.1, 15.2, 15.3)."""

from collections.abc import Iterator, Sequence

from odata_service.edm.draft import Draft
from odata_service.edm.model import StructuredType
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.types import IDENTIFIER
from odata_service.errors import Origin, Problem

NAMES = "Write a letter or '_', then letters, digits and '_', 128 at most."
_RESERVED = frozenset({"Edm", "odata", "System", "Transient"})
_LONGEST_NAMESPACE = 511
_LONGEST_NAME = 128

Named = tuple[str, Origin]


def name_problems(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the names of types, terms, operations and the container, and with their namespaces."""
    types = [(declared.name, declared.origin) for declared in draft.types.values()]
    terms = [(term.name, term.origin) for term in draft.terms.values()]
    operations = [(overload.name, overload.origin) for found in draft.operations.values() for overload in found]
    container = [(draft.container.name, draft.container.origin)] if draft.container.name else []
    yield from case_clashes(types, "Type")
    for name, origin in (*types, *terms, *operations, *container):
        yield from identifier_problems(name.rpartition(".")[2], origin)
    yield from _namespace_problems((*types, *terms, *operations, *container), draft)
    yield from _clashes((("type", types), ("term", terms), ("container", container), ("operation", operations)))


def _namespace_problems(named: Sequence[Named], draft: Draft) -> Iterator[Problem]:
    stated = [(f"{known.name}.", known.origin) for known in draft.namespaces.values() if known.origin.file]
    first: dict[str, Origin] = {}
    for name, origin in (*stated, *named):
        first.setdefault(name.rpartition(".")[0], origin)
    for namespace, origin in first.items():
        if namespace in _RESERVED:
            yield error(origin, f"The namespace '{namespace}' is reserved by the standard. Choose another name.")
        if len(namespace) > _LONGEST_NAMESPACE:
            message = (
                f"The namespace '{namespace}' has {len(namespace)} characters, and {_LONGEST_NAMESPACE} are allowed."
            )
            yield error(origin, message)
        for part in namespace.split("."):
            yield from identifier_problems(part, origin)
    yield from _alias_problems(draft)


def _alias_problems(draft: Draft) -> Iterator[Problem]:
    includes = [included for reference in draft.references for included in reference.includes]
    owned = [(known.alias, known.name, known.origin) for known in draft.namespaces.values() if known.alias]
    owned += [(included.alias, included.namespace, included.origin) for included in includes if included.alias]
    for alias, namespace, origin in owned:
        if alias in _RESERVED:
            yield error(
                origin, f"The alias '{alias}' of '{namespace}' is reserved by the standard. Choose another name."
            )
        yield from identifier_problems(alias, origin)
        if alias != namespace and alias in draft.namespaces:
            yield error(
                origin, f"The alias '{alias}' of '{namespace}' is also the name of a schema. Choose another name."
            )


def _clashes(kinds: Sequence[tuple[str, Sequence[Named]]]) -> Iterator[Problem]:
    """Names that two kinds of parts share: all of a schema's children are told apart by name alone (CSDL 5)."""
    first: dict[str, tuple[str, Origin]] = {}
    for kind, named in kinds:
        for name, origin in named:
            other, place = first.setdefault(name, (kind, origin))
            if other != kind:
                yield error(origin, f"The {kind} '{name}' has the name of the {other} at {place}.")


def member_name_problems(declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the names of a type's properties, inherited ones included."""
    members = [
        *((known.name, known.origin) for known in declared.properties),
        *((known.name, known.origin) for known in declared.navigation_properties),
    ]
    for name, origin in members:
        yield from identifier_problems(name, origin)
    yield from duplicates(members, declared.name)
    yield from case_clashes(members, "Property")
    base = model.draft.structured_type(declared.base)
    inherited = model.members(base) if base is not None else {}
    for name, origin in members:
        if name in inherited:
            place = inherited[name].origin
            yield error(origin, f"'{name}' of '{declared.name}' is inherited already, from {place}. Leave it out here.")


def identifier_problems(name: str, origin: Origin) -> Iterator[Problem]:
    """That a name is none; that one is missing is for readers to say."""
    if len(name) > _LONGEST_NAME:
        shown = f"{name[:30]}…{name[-10:]}"
        yield error(origin, f"The name '{shown}' has {len(name)} characters, and {_LONGEST_NAME} are allowed.")
    elif name and not IDENTIFIER.fullmatch(name):
        yield error(origin, f"'{name}' is not a name. {NAMES}")


def duplicates(members: Sequence[Named], owner: str) -> Iterator[Problem]:
    """Names that stand twice in one owner."""
    first: dict[str, Origin] = {}
    for name, origin in members:
        if name and first.setdefault(name, origin) is not origin:
            yield error(origin, f"'{name}' is already declared in '{owner}' at {first[name]}.")


def case_clashes(members: Sequence[Named], what: str) -> Iterator[Problem]:
    """Names that differ in letter case alone: some databases and clients take them for one."""
    first: dict[str, Named] = {}
    for name, origin in members:
        other, place = first.setdefault(name.lower(), (name, origin))
        if other != name:
            yield warning(origin, f"{what} '{name}' differs from '{other}' at {place} in letter case alone.")
