"""Steps of paths inside expressions: properties, navigation, casts (URL Conventions 5.1.1.15)."""

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.computations import Coded
from odata_service.edm.leaves import is_kept_whole
from odata_service.edm.links import linked_sets
from odata_service.edm.model import NavigationProperty, Property
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, Span, TypeMismatch
from odata_service.semantics.access import Owner, access_of, base_of, chain_of, entity_of, name_of
from odata_service.semantics.conditions import all_of
from odata_service.semantics.nested import linked_by_key, linked_key, nested_navigation
from odata_service.semantics.resolved import Expansion
from odata_service.semantics.rooted import rooted
from odata_service.semantics.scope import Instance, Scope
from odata_service.semantics.transformations import Filtering
from odata_service.semantics.tree import (
    DynamicProperty,
    Members,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    RootEntity,
    SetMembers,
    TypeTest,
    Variable,
)
from odata_service.semantics.walk import depths_of

EntityMembers = NavigationMembers | SetMembers


class Place(Struct, frozen=True):
    """Where a path has come to: `owner` is what it stands for so far, `scope` has the names known there.

    `base` is the type of a complex property or variable, which a cast behind it leaves as it is. `tests` are the casts
    to types without which what follows has no value. `around` is the place of the entity that has a complex value or
    from which a collection is reached, None where no entity has it but a member of a collection.
    """

    scope: Scope
    owner: Owner | EntityMembers | Members | DynamicProperty = None
    base: str = ""
    tests: tuple[TypeTest, ...] = ()
    around: Scope | None = None

    @property
    def is_collection(self) -> bool:
        """Whether the path has come to a collection."""
        match self.owner:
            case NavigationMembers() | SetMembers() | Members():
                return True
            case PropertyAccess(declared):
                return declared.type.collection
            case _:
                return False


def place_of(variable: Variable, scope: Scope) -> Place:
    """The place of a member of a collection; values have no names but those of their type."""
    return Place(scope.behind(variable), variable, _base_of(variable))


def instance_of(scope: Scope) -> Place:
    """The place of what names without a variable belong to."""
    return Place(scope, scope.instance, _base_of(scope.instance), around=scope.around)


def _base_of(owner: Instance) -> str:
    match owner:
        case Variable(source=None):
            return owner.base or owner.type.name
        case PropertyAccess(declared):
            return declared.type.name
        case _:
            return ""


def follow(name: str, span: Span, place: Place) -> Place:
    """One step further: a property, a navigation property, or a cast to a type."""
    scope = place.scope
    member = scope.member(name) if place.owner is None else None
    if member is not None and member.type.collection:
        return Place(replace(scope, entity_type=member.type.name, entity_set=None), member, member.type.name)
    if member is not None:
        return Place(scope, member)
    related = _related(name, place)
    if related is not None:
        return related
    nested = scope.nested(name) if place.owner is None else None
    if nested is not None:
        return nested_place(nested, span, scope)
    if scope.request.schema.structured_type(name) is not None:
        return cast_to(name, span, place)
    if place.is_collection:
        raise _inside_collection(name, span, place)
    return _declared(name, span, place)


def _declared(name: str, span: Span, place: Place) -> Place:
    """What a single instance has by its type, or by none."""
    scope = place.scope
    _check_structured(place, span)
    if isinstance(place.owner, PropertyAccess | DynamicProperty | Variable) and _is_untyped(place.owner):
        return Place(scope, DynamicProperty(name, owner=place.owner))
    declared = scope.property(name)
    if declared is not None:
        return _property(declared, place)
    navigation = scope.navigation(name)
    if navigation is None:
        return _dynamic(name, span, place)
    if _is_value(place.owner):
        return _nested(name, span, place)
    return _navigation(navigation, span, place)


def _nested(name: str, span: Span, place: Place) -> Place:
    """A navigation property of a complex value: one of the entity around it."""
    around, value = place.around, place.owner
    if around is not None and isinstance(value, PropertyAccess):
        navigation = nested_navigation(name, value, place.scope.entity_type, around)
        if navigation is not None:
            return _navigation(navigation, span, Place(around, entity_of(value), tests=place.tests))
    return _linked(place.scope.request.schema.navigation_properties(place.scope.entity_type)[name], span, place)


def _linked(navigation: NavigationProperty, span: Span, place: Place) -> Place:
    """What a value that is kept whole leads to: the entity with the key that it says, or those with one of the keys."""
    scope, value, schema = place.scope, place.owner, place.scope.request.schema
    sets = [*linked_sets(navigation, schema)]
    if not isinstance(value, PropertyAccess | Variable) or len(sets) != 1 or navigation.contains_target:
        raise scope.inside_complex(navigation.name, span)
    inner = replace(scope, entity_type=navigation.target, entity_set=sets[0])
    type_ref = TypeRef(navigation.target)
    if not navigation.collection:
        return Place(inner, RootEntity(sets[0].name, linked_key(navigation, value, scope), type_ref), tests=place.tests)
    variable = Variable(scope.depth + 1, type_ref, sets[0].name)
    where = linked_by_key(navigation, value, variable, schema)
    return Place(inner, Members(SetMembers(sets[0].name, replace(type_ref, collection=True)), variable, where))


def _related(name: str, place: Place) -> Place | None:
    """What transformations have given instances, or one of the members that these gave to what they have given."""
    scope = place.scope
    for known in scope.result.related if scope.result is not None else ():
        if known.access.owner == place.owner and known.access.navigation.name == name:
            return Place(replace(scope, entity_type=known.access.type.name, entity_set=known.source), known.access)
        inner = known.result.member(name) if known.result is not None and known.access == place.owner else None
        if inner is not None:
            return Place(scope, rooted(inner, known.access))
    return None


def nested_place(nested: Expansion, span: Span, scope: Scope) -> Place:
    """What `addnested` has put into the instances, where it is entities still that a path leads to."""
    navigation, source = nested.navigation, nested.entity_set
    steps = nested.options.apply.steps if nested.options.apply is not None else ()
    predicates = [step.predicate for step in steps if isinstance(step, Filtering)]
    if nested.group is not None or source is None or not is_filtered(nested):
        raise NotSupported(
            f"'{nested.name}' has been made by more than filter, and is nothing that a path leads on from"
            f"{scope.place(span)}.",
            target=scope.target,
            hint=f"Write any, all, $count or aggregate(… with sum) behind it, or name {navigation.name} itself.",
        )
    inner = replace(scope, entity_type=nested.narrowed or navigation.target, entity_set=source)
    if not navigation.collection:
        return Place(inner, NavigationAccess(navigation, nested.source_type, TypeRef(navigation.target)))
    variable = Variable(
        scope.depth + 1 + max(depths_of(predicates), default=0), TypeRef(navigation.target), source.name
    )
    tests = tuple(rooted(predicate, variable) for predicate in predicates)
    where = all_of(tests) if tests else None
    members = NavigationMembers(navigation, nested.source_type, TypeRef(navigation.target, True))
    return Place(inner, Members(members, variable, where))


def is_filtered(nested: Expansion) -> bool:
    """Whether what is nested is related entities, some or all of them, and nothing more."""
    steps = nested.options.apply.steps if nested.options.apply is not None else ()
    return all(isinstance(step, Filtering) for step in steps) and not nested.options.selection.computed


def cast_to(name: str, span: Span, place: Place) -> Place:
    """The same instance, or the same members, as of a derived type."""
    narrowed = place.scope.narrowed(name, span)
    if narrowed.entity_type == place.scope.entity_type or place.is_collection:
        return replace(place, scope=narrowed)
    owner = place.owner
    assert not isinstance(owner, EntityMembers | Members | DynamicProperty), "single instances are of types"
    types = (narrowed.entity_type, *narrowed.request.schema.derived_from(narrowed.entity_type))
    return replace(place, scope=narrowed, tests=(*place.tests, TypeTest(types, owner)))


def _navigation(navigation: NavigationProperty, span: Span, place: Place) -> Place:
    scope, owner = place.scope, place.owner
    target = scope.related(navigation)
    if target is None:
        raise scope.leads_nowhere(navigation, span)
    assert not isinstance(owner, PropertyAccess | EntityMembers | Members | DynamicProperty), (
        "single entities have related ones"
    )
    inner = replace(scope, entity_type=navigation.target, entity_set=target)
    if navigation.collection:
        members = NavigationMembers(navigation, scope.entity_type, TypeRef(navigation.target, True), owner)
        return Place(inner, members, around=scope)
    access = NavigationAccess(navigation, scope.entity_type, TypeRef(navigation.target), owner)
    return Place(inner, access, tests=place.tests, around=scope)


def _property(declared: Property, place: Place) -> Place:
    scope, owner = place.scope, place.owner
    assert not isinstance(owner, EntityMembers | Members | DynamicProperty), (
        "members of collections are reached by any and all"
    )
    check_is_expressed(declared, scope)
    base = place.base or (scope.entity_set.entity_type if scope.entity_set is not None else scope.entity_type)
    access = access_of(declared, scope.entity_type, base, owner, scope.request.schema)
    inside = declared.type.name
    tests = tuple(test for test in place.tests if not (test.owner == owner and test.types[0] == access.cast))
    around = place.around if _is_value(owner) else scope
    return Place(replace(scope, entity_type=inside, entity_set=None), access, inside, tests, around)


def check_is_expressed(declared: Property, scope: Scope) -> None:
    """Refuses a collection or a complex value that code works out: a statement cannot ask inside of it."""
    if is_kept_whole(declared.type) and isinstance(declared.computation, Coded):
        raise NotSupported(
            f"'{declared.name}' is worked out by code when it is read, and nothing is asked inside of it.",
            target=scope.target,
            hint=f"Use what it is made of: {', '.join(declared.computation.inputs) or 'a value'}.",
        )


def _dynamic(name: str, span: Span, place: Place) -> Place:
    """What no type declares may be a dynamic property of an open one."""
    scope, owner = place.scope, place.owner
    if not scope.request.schema.is_open(scope.entity_type):
        raise scope.unknown(name, span, _written(owner))
    assert not isinstance(owner, EntityMembers | Members | DynamicProperty), "single instances have properties"
    return Place(scope, DynamicProperty(name, owner=owner))


def _is_value(owner: Owner | EntityMembers | Members | DynamicProperty) -> bool:
    return isinstance(owner, PropertyAccess) or (isinstance(owner, Variable) and owner.source is None)


def _is_untyped(owner: PropertyAccess | DynamicProperty | Variable) -> bool:
    """Whether no definition tells the type of a value: it may be an object, whose members are as dynamic properties."""
    return kind_of(owner.type) is Kind.UNTYPED


def _check_structured(place: Place, span: Span) -> None:
    """Refuses what cannot follow a primitive value: nothing does."""
    match place.owner:
        case PropertyAccess(declared, type_ref):
            what = f"'{declared.name}' is a primitive property"
        case DynamicProperty(name, type_ref):
            what = f"'{name}' is a dynamic property"
        case Variable(type=type_ref):
            what = f"The members of the collection are {type_ref}"
        case _:
            return
    if kind_of(type_ref) is not None and kind_of(type_ref) is not Kind.UNTYPED:
        raise TypeMismatch(f"{what}: nothing can follow it{place.scope.place(span)}.", target=place.scope.target)


def _inside_collection(name: str, span: Span, place: Place) -> TypeMismatch:
    return TypeMismatch(
        f"A collection stands before '{name}'{place.scope.place(span)}.",
        target=place.scope.target,
        hint=f"Write any(x:x/{name} …), all(x:x/{name} …), a key in parentheses or $count behind the collection.",
    )


def _written(owner: Owner | EntityMembers | Members | DynamicProperty) -> str:
    """The path to what stands before a name, from the current instance; nothing where it begins elsewhere."""
    if not isinstance(owner, NavigationAccess | PropertyAccess) or base_of(owner) is not None:
        return ""
    return "/".join(map(name_of, chain_of(owner)))
