"""Resource paths: segments become steps, the schema telling keys from names (URL Conventions 4)."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.leaves import UNTYPED, is_tagged_value
from odata_service.edm.links import linked_set
from odata_service.edm.model import EntityType, NavigationProperty, Property
from odata_service.edm.types import IDENTIFIER, Kind, TypeRef, kind_of
from odata_service.errors import NotFound, NotSupported, SemanticError, did_you_mean
from odata_service.semantics import expression
from odata_service.semantics.access import access_of, base_of, steps_of
from odata_service.semantics.implied_keys import implied_key
from odata_service.semantics.keys import has_key, key_parts, resolve_key
from odata_service.semantics.nested import nested_navigation, nested_stream
from odata_service.semantics.operations import Called, called_bound, called_for_each, called_unbound, led_from
from odata_service.semantics.path_members import PLACE, member_at, members_left
from odata_service.semantics.path_walk import Found, Walk
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import (
    CastStep,
    DynamicStep,
    EntitySetStep,
    FilterStep,
    GivenStep,
    KeyStep,
    NavigationStep,
    OrdinalStep,
    PropertyStep,
    ResourcePath,
    ResultStep,
)
from odata_service.semantics.scope import Scope
from odata_service.semantics.segment_keys import unfinished_key, with_segment
from odata_service.semantics.these import members_at
from odata_service.semantics.tree import (
    RESULT,
    DynamicProperty,
    KeyValue,
    Members,
    PropertyAccess,
    TypeTest,
    Variable,
)
from odata_service.url.syntax import FilterSegment, KeyPredicate, Segment

_NOT_YET = {"$query"}


def resolve_path(
    segments: Sequence[Segment | FilterSegment], scope: Scope
) -> tuple[ResourcePath, Found | None, Scope | None]:
    """The steps of a path that begins with an entity set or an operation, and the property that it ends in.

    Last comes the place of the entity that has the property, None where a member of a collection has it. `NotFound`
    where a segment leads nowhere.
    """
    first = segments[0]
    if isinstance(first, FilterSegment):
        raise NotFound("$filter follows a collection of entities.", hint="Write Set/$filter(…).")
    walk = _start(first, scope)
    for segment in segments[1:]:
        if walk.end == "$each" and isinstance(segment, Segment):
            called = called_for_each(segment, walk.scope, replace(walk.path, type=walk.type.element))
            walk.flags.clear()
            _enter(called, segment, walk)
            continue
        if walk.end is not None:
            raise NotFound(f"Nothing can follow '{walk.end}' in a path.")
        if walk.begun:
            _key_segment(segment, walk)
        elif isinstance(segment, FilterSegment):
            _filter(segment, walk)
        else:
            _follow(segment, walk)
    if walk.begun:
        raise unfinished_key("The path ends", walk.begun, walk.steps, walk.scope)
    return walk.path, walk.found, walk.around


def _start(segment: Segment, scope: Scope) -> Walk:
    schema = scope.request.schema
    if segment.name in _NOT_YET:
        raise NotSupported(f"{segment.name} is not supported yet.", hint="Send single requests to entity sets.")
    source = schema.source(segment.name)
    if source is None or source.is_contained:
        called = called_unbound(segment, scope)
        if called is None:
            names = [child.name for child in schema.container.children()]
            raise NotFound(
                f"This service has no resource '{segment.name}'.",
                hint=did_you_mean(segment.name, names) or f"It has {', '.join(names[:20])}.",
            )
        walk = Walk(scope, [], TypeRef(""), None)
        _enter(called, segment, walk)
        return walk
    if segment.key is not None:
        raise _no_call(segment)
    found = Scope(scope.request, source.entity_type, source, scope.option, scope.target)
    walk = Walk(found, [EntitySetStep(source)], TypeRef(source.entity_type, collection=not source.is_single), source)
    if segment.arguments is not None:
        _key(segment.arguments, walk)
    return walk


def _filter(segment: FilterSegment, walk: Walk) -> None:
    """`/$filter(…)` leaves the members of a collection that satisfy a predicate (URL Conventions 4.12)."""
    if walk.found is not None and walk.type.collection and segment.key is None:
        members_left(segment, walk, walk.type.element)
        return
    if not walk.type.collection or walk.entity_set is None or walk.found is not None:
        raise NotFound(f"$filter follows a collection of entities, and not {walk.type}.")
    scope = replace(walk.scope, these=members_at(walk.steps, walk.scope.request.schema))
    walk.steps.append(FilterStep(expression.resolve_filter(segment.predicate, scope)))
    if segment.key is not None:
        _key(segment.key, walk)


def _enter(called: Called, segment: Segment, walk: Walk) -> None:
    """Goes on with the result of an operation: entities of a source, or a value of its own."""
    source, result = called.source, called.result
    walk.call, walk.type, walk.entity_set = called.call, result, source
    walk.found, walk.base = (None, "") if source is not None else (Variable(RESULT, bare(result)), result.name)
    walk.around, walk.tests = None, ()
    walk.steps = [ResultStep()] if source is None else [EntitySetStep(source), GivenStep()]
    if source is not None and result.name in walk.scope.request.schema.derived_from(source.entity_type):
        walk.steps.append(CastStep(result.name))
    walk.scope = replace(walk.scope, entity_type=result.name, entity_set=source)
    if segment.key is not None:
        _key(segment.key, walk)


def _follow(segment: Segment, walk: Walk) -> None:
    if segment.name.startswith("$"):
        _system_segment(segment, walk)
        return
    called = None if _is_member(segment, walk) else called_bound(segment, walk.scope, walk.path)
    if called is not None:
        _enter(called, segment, walk)
    elif segment.key is not None:
        raise _no_call(segment)
    elif walk.found is not None:
        _below_property(segment, walk)
    elif isinstance(walk.scope.request.schema.types.get(segment.name), EntityType):
        _cast(segment, walk)
    elif walk.scope.request.schema.structured_type(walk.scope.entity_type) is None:
        raise NotFound(f"'{segment.name}' does not follow {walk.type}.")
    elif walk.type.collection:
        _key_segment(segment, walk)
    else:
        _member(segment, walk)


def _no_call(segment: Segment) -> NotFound:
    return NotFound(f"'{segment.name}' is no function, so a key cannot follow its parentheses.")


def _is_member(segment: Segment, walk: Walk) -> bool:
    """Whether a property of what is here has the name of a segment: it goes before an operation without namespace."""
    if walk.is_dynamic:
        return True
    if walk.type.collection or walk.scope.request.schema.structured_type(walk.scope.entity_type) is None:
        return False
    return walk.scope.property(segment.name) is not None or walk.scope.navigation(segment.name) is not None


def _below_property(segment: Segment, walk: Walk) -> None:
    """A member of a complex value or of a collection, or the same value or members as of a derived type."""
    schema, name = walk.scope.request.schema, segment.name
    if walk.is_dynamic or is_tagged_value(walk.type):
        _inside_dynamic(segment, walk)
        return
    if walk.type.collection and segment.arguments is None and PLACE.fullmatch(name):
        member_at(segment, walk)
        return
    if kind_of(walk.type.element) is None and segment.arguments is None and schema.structured_type(name) is not None:
        if walk.type.collection:
            walk.scope.narrowed_from(walk.type.name, name, segment.span)
            members_left(segment, walk, replace(walk.type.element, name=name))
        else:
            _cast(segment, walk)
        return
    if walk.type.collection or kind_of(walk.type) is not None:
        what = "a collection" if walk.type.collection else "primitive"
        raise NotFound(
            f"What is here is {what}, {walk.type}: '{name}' cannot follow it.",
            hint="A place in it can: 0 is the first, -1 the last." if walk.type.collection else None,
        )
    if walk.scope.navigation(segment.name) is not None:
        _nested(segment, walk)
        return
    _to_member(walk.scope.property(segment.name), segment, walk)


def _nested(segment: Segment, walk: Walk) -> None:
    """A navigation property of a complex value: one step from the entity that has the value."""
    around, value = walk.around, walk.found
    navigation = None
    if around is not None and isinstance(value, PropertyAccess):
        navigation = nested_navigation(segment.name, value, walk.scope.entity_type, around)
    if around is None or navigation is None:
        _lead(segment, walk)
        return
    _back(around, walk)
    _navigate(navigation, segment, walk)


def _lead(segment: Segment, walk: Walk) -> None:
    """A navigation property of a value that is kept whole, which says the keys of entities of a set."""
    value, source, holder = walk.found, walk.entity_set, walk.scope.entity_type
    navigation = walk.scope.request.schema.navigation_properties(holder)[segment.name]
    is_value = isinstance(value, PropertyAccess | Variable)
    if not is_value or source is None or navigation.contains_target or walk.call is not None:
        raise walk.scope.inside_complex(segment.name, segment.span)
    assert isinstance(value, PropertyAccess | Variable), "asked in the condition before"
    target = linked_set(source, walk.path.way, navigation, walk.scope.request.schema)
    if target is None:
        raise _nowhere(navigation, segment, walk.scope)
    _enter(led_from(value, holder, navigation, walk.path, target), segment, walk)
    if segment.arguments is not None:
        _key(segment.arguments, walk)


def _back(around: Scope, walk: Walk) -> None:
    """Back to the entity that has the complex value which the path has come to: what follows is told of it."""
    first = next(place for place, step in enumerate(walk.steps) if isinstance(step, PropertyStep))
    del walk.steps[first:]
    walk.scope, walk.found, walk.base, walk.around, walk.tests = around, None, "", None, ()


def _to_member(declared: Property | None, segment: Segment, walk: Walk) -> None:
    """A declared property, or else a dynamic one of an open type."""
    if declared is not None:
        if segment.arguments is not None:
            raise NotFound(f"'{segment.name}' is no collection of entities: no key can follow it.")
        _to_property(declared, walk)
        return
    is_name = segment.arguments is None and IDENTIFIER.fullmatch(segment.name) is not None
    if not is_name or not walk.scope.request.schema.is_open(walk.scope.entity_type):
        raise _no_member(segment, walk.scope)
    assert not isinstance(walk.found, DynamicProperty), "what is inside dynamic properties is followed apart"
    walk.check_kept()
    walk.found, walk.type = DynamicProperty(segment.name, owner=walk.found), UNTYPED
    walk.steps.append(DynamicStep(segment.name))


def _inside_dynamic(segment: Segment, walk: Walk) -> None:
    """A member, a place or a type inside a dynamic value: whether it is there the value tells."""
    name = segment.name
    is_type = "." in name and walk.scope.request.schema.structured_type(name) is not None
    if segment.arguments is not None or not (is_type or PLACE.fullmatch(name) or IDENTIFIER.fullmatch(name)):
        raise NotFound(
            f"'{name}' leads nowhere inside a value whose type no definition tells.",
            hint="Write the name of a member, the place of one, or the name of a type.",
        )
    walk.steps.append(DynamicStep(name))
    walk.type = UNTYPED


def _nested_stream(declared: Property, walk: Walk) -> None:
    """A stream of a complex value: one of the entity that has the value, under its path."""
    around, value, stream = walk.around, walk.found, None
    if around is not None and isinstance(value, PropertyAccess):
        stream = nested_stream(declared.name, value, walk.scope.entity_type, around)
    if around is None or stream is None:
        raise NotSupported(f"'{declared.name}' is a stream of a complex value that is kept whole, and has no URL.")
    _back(around, walk)
    _to_property(stream, walk)


def _to_property(declared: Property, walk: Walk) -> None:
    scope = walk.scope
    assert not isinstance(walk.found, DynamicProperty), "what is inside dynamic properties is followed apart"
    walk.check_kept()
    if walk.found is not None and kind_of(declared.type) is Kind.STREAM:
        _nested_stream(declared, walk)
        return
    if walk.found is not None and is_tagged_value(declared.type) and _is_kept(walk.found, walk):
        walk.found, walk.type = DynamicProperty(declared.name, owner=walk.found), UNTYPED
        walk.steps.append(DynamicStep(declared.name))
        return
    base = walk.base or (scope.entity_set.entity_type if scope.entity_set is not None else scope.entity_type)
    if walk.found is None:
        walk.around = scope
    walk.found = access_of(declared, scope.entity_type, base, walk.found, scope.request.schema)
    walk.steps.append(PropertyStep(declared))
    walk.type = declared.type
    if kind_of(declared.type) is None and not declared.type.collection:
        walk.scope, walk.base = replace(scope, entity_type=declared.type.name, entity_set=None), declared.type.name


def _is_kept(value: PropertyAccess | Variable, walk: Walk) -> bool:
    """Whether a value stands in one text with all that is in it: members say there of which types they are."""
    schema = walk.scope.request.schema
    if isinstance(value, Variable) or isinstance(base_of(value), Variable):
        return True
    return any(not schema.is_taken_apart(step.property.type) for step in steps_of(value))


def _system_segment(segment: Segment, walk: Walk) -> None:
    is_property = walk.found is not None
    match segment.name:
        case "$each" if walk.type.collection and walk.entity_set is not None and not is_property:
            walk.flags["is_each"] = True
        case "$each" if walk.type.collection and is_property:
            raise NotSupported("Members of a collection of values are not changed at once.", hint="PUT the collection.")
        case "$count" if walk.type.collection or walk.is_dynamic:
            walk.flags["is_count"] = True
        case "$value" if kind_of(walk.type) is not None or (not is_property and _is_media(walk)):
            walk.flags["is_value"] = True
        case "$value" if is_property:
            raise NotFound(f"'{walk.type}' has no raw value.", hint="Leave out /$value.")
        case "$ref" if not is_property and _has_references(walk):
            walk.flags["is_ref"] = True
        case "$value" if not walk.type.collection:
            raise SemanticError(
                f"'{walk.type}' is no media entity, so it has no $value.", hint="Ask for a property's $value."
            )
        case name if name in _NOT_YET:
            raise NotSupported(f"{name} is not supported yet.")
        case name:
            raise NotFound(f"'{name}' does not follow {walk.type}.")


def _has_references(walk: Walk) -> bool:
    """Whether references may be asked for: to entities of a set, and to what navigation properties lead to."""
    leads = walk.call is not None and walk.call.leads is not None
    return leads or isinstance(walk.steps[-1], NavigationStep | KeyStep | EntitySetStep | CastStep)


def _cast(segment: Segment, walk: Walk) -> None:
    """A type's name leaves the entities of that type, and may have a key behind it (URL Conventions 4.11)."""
    narrowed = walk.scope.narrowed(segment.name, segment.span)
    if narrowed.entity_type != walk.scope.entity_type:
        walk.steps.append(CastStep(narrowed.entity_type))
        walk.type = replace(walk.type, name=narrowed.entity_type)
        walk.scope = narrowed
        if isinstance(walk.found, PropertyAccess | Variable):
            types = (narrowed.entity_type, *narrowed.request.schema.derived_from(narrowed.entity_type))
            walk.tests = (*walk.tests, TypeTest(types, walk.found))
    if segment.arguments is not None:
        _key(segment.arguments, walk)


def _is_media(walk: Walk) -> bool:
    return not walk.type.collection and walk.scope.request.schema.has_stream(walk.scope.entity_type)


def _key_segment(segment: Segment | FilterSegment, walk: Walk) -> None:
    """Key-as-segment (URL Conventions 4.3.6): one part of the key in each segment."""
    walk.begun, is_whole = with_segment(segment, walk.begun, walk.steps, walk.scope)
    if is_whole:
        key, walk.begun = walk.begun, ()
        _one(walk, key)


def _member(segment: Segment, walk: Walk) -> None:
    scope = walk.scope
    navigation = scope.navigation(segment.name)
    declared = scope.property(segment.name)
    if navigation is not None:
        _navigate(navigation, segment, walk)
    else:
        _to_member(declared, segment, walk)


def _navigate(navigation: NavigationProperty, segment: Segment, walk: Walk) -> None:
    """On to the entities that a navigation property of the entity at hand leads to."""
    scope = walk.scope
    walk.entity_set = scope.related(navigation)
    if walk.entity_set is None:
        raise _nowhere(navigation, segment, scope)
    cast = scope.cast(navigation.name)
    walk.steps.append(NavigationStep(navigation, scope.entity_type, walk.entity_set, cast))
    walk.type = TypeRef(navigation.target, navigation.collection)
    walk.scope = replace(scope, entity_type=navigation.target, entity_set=walk.entity_set)
    if segment.arguments is not None:
        _key(segment.arguments, walk)


def _nowhere(navigation: NavigationProperty, segment: Segment, scope: Scope) -> NotFound:
    error = scope.leads_nowhere(navigation, segment.span)
    return NotFound(error.text, target=error.target, hint=error.hint)


def _no_member(segment: Segment, scope: Scope) -> NotFound:
    schema = scope.request.schema
    known = [*schema.properties(scope.entity_type), *schema.navigation_properties(scope.entity_type)]
    return NotFound(f"'{scope.entity_type}' has no property '{segment.name}'.", hint=did_you_mean(segment.name, known))


def _key(predicate: KeyPredicate, walk: Walk) -> None:
    if not walk.type.collection:
        raise NotFound(f"{walk.type} is a single entity: no key can follow it.")
    if not isinstance(walk.scope.request.schema.types.get(walk.type.name), EntityType):
        raise NotFound(f"Members of {walk.type} have no keys.", hint="Take one by its place: …/0.")
    key = resolve_key(predicate, walk.scope, implied_key(walk.steps, walk.scope))
    _one(walk, key, is_alternate=[part.leaf for part in key] != [leaf for _, leaf in key_parts(walk.scope)])


def _one(walk: Walk, key: tuple[KeyValue, ...], *, is_alternate: bool = False) -> None:
    if isinstance(walk.found, Variable):
        _member_with(key, walk.found, walk)
        return
    walk.steps.append(KeyStep(key, is_alternate))
    walk.type = replace(walk.type, collection=False)


def _member_with(key: tuple[KeyValue, ...], collection: Variable, walk: Walk) -> None:
    """One of the entities that an operation gave and no source holds: the first that has the key."""
    element = walk.type.element
    variable = Variable(collection.depth + 1, bare(element))
    where = has_key(key, variable, walk.scope.request.schema)
    walk.steps.append(OrdinalStep(Members(collection, variable, where), 0))
    walk.found, walk.type = variable, element
