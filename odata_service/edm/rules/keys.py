"""Keys of entity types (CSDL 6.5)."""

from collections.abc import Iterator

from odata_service.edm.model import EntityType, KeyProperty, NavigationProperty, Property
from odata_service.edm.rules.inspection import Inspection, Way, error, warning
from odata_service.edm.rules.names import identifier_problems
from odata_service.edm.types import PRIMITIVE_TYPES
from odata_service.errors import Origin, Problem

_INEXACT = frozenset({"Edm.Single", "Edm.Double"})


def key_problems(declared: EntityType, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the key that an entity type declares."""
    yield from _redeclared(declared, model)
    names: set[str] = set()
    for part in declared.key:
        yield from _part_problems(part, declared, model)
        yield from _alias_problems(part, declared, model)
        if part.name in names:
            message = f"The key of '{declared.name}' has two parts of the name '{part.name}'."
            yield error(_origin(part, declared), f"{message} Give one another Alias, or leave it out.")
        names.add(part.name)


def _origin(part: KeyProperty, declared: EntityType) -> Origin:
    return part.origin if part.origin.file else declared.origin


def _redeclared(declared: EntityType, model: Inspection) -> Iterator[Problem]:
    base = model.draft.structured_type(declared.base)
    inherited = model.draft.key(base) if isinstance(base, EntityType) and declared.key else ()
    if inherited:
        names = ", ".join(part.path for part in inherited)
        message = f"'{declared.name}' inherits the key ({names}) and cannot have one of its own. Leave it out."
        report = warning if inherited == declared.key else error
        yield report(_origin(declared.key[0], declared), message)


def _part_problems(part: KeyProperty, declared: EntityType, model: Inspection) -> Iterator[Problem]:
    origin, subject = _origin(part, declared), f"The key property '{part.path}' of '{declared.name}'"
    way = model.follow(part.path, declared)
    if way.last is None:
        yield error(origin, f"{subject} is not declared.{_nearest(way, model)}")
        return
    navigation = next((step for step in way.steps if isinstance(step, NavigationProperty)), None)
    if navigation is not None:
        yield error(origin, f"{subject} leads through the navigation property '{navigation.name}', which it cannot.")
        return
    properties = [step for step in way.steps if isinstance(step, Property)]
    collection = next((step for step in properties[:-1] if step.type.collection), None)
    if collection is not None:
        yield error(origin, f"{subject} leads through the collection '{collection.name}', which it cannot.")
    elif isinstance(way.last, Property) and not way.last.type.name:
        return
    elif not isinstance(way.last, Property) or not may_be_key(way.last, model):
        of_type = way.last.type if isinstance(way.last, Property) else way.last.name
        yield error(way.last.origin, f"{subject} cannot have the type {of_type}.")
    else:
        yield from _value_problems(subject, part, properties)


def _value_problems(subject: str, part: KeyProperty, properties: list[Property]) -> Iterator[Problem]:
    last = properties[-1]
    if last.type.name in _INEXACT:
        yield warning(last.origin, f"{subject} is an {last.type}, which few clients take.")
    # Only documents that declare keys part by part state whether properties are nullable; pages leave it to the reader.
    for step in properties if part.origin.file else ():
        if step.type.nullable:
            where = "" if step is last else f" '{step.name}'"
            yield warning(step.origin, f"{subject} is nullable{where and ' at'}{where}, which no part of a key can be.")


def _alias_problems(part: KeyProperty, declared: EntityType, model: Inspection) -> Iterator[Problem]:
    origin = _origin(part, declared)
    if part.alias is None:
        if "/" in part.path:
            message = f"The key property '{part.path}' of '{declared.name}' is a path and needs an Alias that names it."
            yield error(origin, message)
        return
    yield from identifier_problems(part.alias, origin)
    other = model.members(declared).get(part.alias)
    if other is not None and part.alias != part.path:
        message = (
            f"The Alias '{part.alias}' in the key of '{declared.name}' is the name of the property at {other.origin}."
        )
        yield warning(origin, f"{message} Choose another.")


def _nearest(way: Way, model: Inspection) -> str:
    return model.hints.nearest(way.missing or "", model.members(way.end)) if way.end is not None else ""


def may_be_key(known: Property, model: Inspection) -> bool:
    """Whether values of a property can be part of a key."""
    primitive = model.primitive(known.type)
    if primitive is None or known.type.collection:
        return False
    name = primitive.definition.underlying if primitive.definition is not None else primitive.name
    return PRIMITIVE_TYPES[name].may_be_key or name in _INEXACT
