"""Navigation properties: targets, partners, containment, referential constraints (CSDL 8)."""

from collections.abc import Iterator

from odata_service.edm.model import NavigationProperty, Property, ReferentialConstraint, StructuredType
from odata_service.edm.rules.inspection import Inspection, Step, Way, error, warning
from odata_service.errors import Origin, Problem

_ON_DELETE = ("Cascade", "None", "SetNull", "SetDefault")


def navigation_problems(declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the navigation properties that a type declares."""
    for part in declared.navigation_properties:
        yield from _target_problems(part, model)
        yield from _partner_problems(part, declared, model)
        yield from _constraint_problems(part, declared, model)
        yield from _on_delete_problems(part, declared, model)


def _target_problems(part: NavigationProperty, model: Inspection) -> Iterator[Problem]:
    if model.is_entity_type(part.target) or not part.target:
        return
    subject = f"The target '{part.target}' of '{part.name}'"
    if model.is_known(part.target):
        yield error(part.origin, f"{subject} is no entity type: make '{part.name}' a structural property.")
    else:
        yield model.unknown(part.origin, subject, part.target)


def _partner_problems(part: NavigationProperty, declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    target = model.draft.structured_type(part.target)
    if part.partner is None or target is None:
        return
    subject = f"The partner '{part.partner}' of '{part.name}'"
    way = model.follow(part.partner, target)
    partner = way.last
    if not isinstance(partner, NavigationProperty):
        hint = nearest(way, model)
        yield warning(part.origin, f"{subject} is no navigation property of '{part.target}'.{hint}")
        return
    if any(isinstance(step, NavigationProperty) for step in way.steps[:-1]):
        yield warning(part.origin, f"{subject} leads through a navigation property, which it cannot.")
    if not model.are_related(partner.target, declared.name) and not _is_complex(declared, model):
        message = f"{subject} leads to '{partner.target}', not back to '{declared.name}'."
        yield warning(part.origin, message)
    elif partner.partner is not None and partner.partner.rpartition("/")[2] != part.name:
        message = f"{subject} has another partner itself, '{partner.partner}', at {partner.origin}."
        yield warning(part.origin, f"{message} Partners name each other.")
    if part.contains_target:
        yield from _container_problems(part, declared, partner, model)


def _is_complex(declared: StructuredType, model: Inspection) -> bool:
    return not model.is_entity_type(declared.name)


def _container_problems(
    part: NavigationProperty, declared: StructuredType, partner: NavigationProperty, model: Inspection
) -> Iterator[Problem]:
    """A contained entity has one container, which its partner leads to (CSDL 8.4)."""
    if partner.collection:
        message = f"'{part.name}' contains its targets, so its partner '{partner.name}' cannot be a collection."
        yield warning(partner.origin, message)
    is_recursive = model.are_related(part.target, declared.name)
    if partner.nullable and not partner.collection and not is_recursive:
        message = f"'{part.name}' contains its targets, so its partner '{partner.name}' cannot be null."
        yield warning(partner.origin, f'{message} Write Nullable="false".')


def _constraint_problems(part: NavigationProperty, declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    target = model.draft.structured_type(part.target)
    known: set[str] = set()
    for constraint in part.referential_constraints:
        origin = constraint.origin if constraint.origin.file else part.origin
        if constraint.property in known:
            yield error(origin, f"'{part.name}' has two referential constraints for '{constraint.property}'.")
        known.add(constraint.property)
        dependent = model.follow(constraint.property, declared)
        yield from _end_problems(dependent, f"The property '{constraint.property}'", declared.name, origin, model)
        if target is not None:
            principal = model.follow(constraint.referenced_property, target)
            subject = f"The referenced property '{constraint.referenced_property}'"
            yield from _end_problems(principal, subject, target.name, origin, model)
            if dependent.value is not None and principal.value is not None:
                yield from _pair_problems(part, constraint, (dependent.value, principal.value), origin)


def _end_problems(way: Way, subject: str, owner: str, origin: Origin, model: Inspection) -> Iterator[Problem]:
    if way.last is None:
        message = f"{subject} of a referential constraint is not declared in '{owner}'."
        yield error(origin, f"{message}{nearest(way, model)}")
    elif not isinstance(way.last, Property) or way.last.type.collection or way.end is not None:
        yield error(origin, f"{subject} of a referential constraint is no primitive property of '{owner}'.")


def _pair_problems(
    part: NavigationProperty, constraint: ReferentialConstraint, pair: tuple[Property, Property], origin: Origin
) -> Iterator[Problem]:
    dependent, principal = pair
    if dependent.type.name != principal.type.name:
        message = f"'{constraint.property}' is {dependent.type}, and '{constraint.referenced_property}' of"
        yield warning(
            origin, f"{message} '{part.target}' is {principal.type}: a referential constraint needs one type."
        )
    if part.collection:
        message = f"'{part.name}' is a collection, so its referential constraint says nothing: state it at its partner."
        yield warning(origin, message)
    elif not dependent.type.nullable and part.nullable and not principal.type.nullable:
        message = (
            f"'{constraint.property}' cannot be null, so neither can '{part.name}'. Write Nullable=\"false\" there."
        )
        yield warning(origin, message)


def _on_delete_problems(part: NavigationProperty, declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    if part.on_delete is None:
        return
    if part.on_delete not in _ON_DELETE:
        hint = model.hints.nearest(part.on_delete, _ON_DELETE) or f" Write one of {', '.join(_ON_DELETE)}."
        yield error(part.origin, f"'{part.on_delete}' is no action for OnDelete of '{part.name}'.{hint}")
    elif part.on_delete == "SetNull":
        yield from _set_null_problems(part, model)


def _set_null_problems(part: NavigationProperty, model: Inspection) -> Iterator[Problem]:
    """The related entities lose their reference, which their own properties must admit (CSDL 8.6)."""
    target = model.draft.structured_type(part.target)
    partner = model.follow(part.partner, target).last if part.partner and target is not None else None
    if not isinstance(partner, NavigationProperty) or target is None:
        return
    for constraint in partner.referential_constraints:
        dependent = model.follow(constraint.property, target).last
        if isinstance(dependent, Property) and not dependent.type.nullable:
            message = f"OnDelete of '{part.name}' sets '{constraint.property}' of '{target.name}' to null"
            yield warning(part.origin, f"{message}, which it cannot be.")


def nearest(way: Way, model: Inspection) -> str:
    """The name that the segment was meant to be that leads nowhere, as a sentence, or nothing."""
    if way.missing is None or way.end is None:
        return ""
    return model.hints.nearest(way.missing, model.members(way.end))


def is_collection(step: Step) -> bool:
    """Whether a step of a path leads to many."""
    match step:
        case Property():
            return step.type.collection
        case NavigationProperty():
            return step.collection
        case _:
            return False
