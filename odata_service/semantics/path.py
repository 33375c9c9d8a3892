"""Resource paths: segments become steps, the schema telling keys from names (URL Conventions 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from odata_service.edm.model import EntitySet, EntityType, Property
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import NotFound, NotSupported, SemanticError, did_you_mean
from odata_service.semantics.expression import resolve_expression
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    CastStep,
    EntitySetStep,
    Expression,
    KeyStep,
    KeyValue,
    NavigationStep,
    Parameter,
    PropertyStep,
    ResourcePath,
    Step,
)
from odata_service.url import syntax
from odata_service.url.syntax import KeyPredicate, Literal, LiteralKind, Segment

_NOT_YET = {"$filter", "$each", "$query", "$all", "$batch", "$crossjoin"}


@dataclass(slots=True)
class _Walk:
    """The path as far as it has been followed."""

    scope: Scope
    steps: list[Step]
    type: TypeRef
    entity_set: EntitySet | None
    flags: dict[str, bool] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether `/$count`, `/$value` or `/$ref` has closed the path."""
        return bool(self.flags)


def resolve_path(segments: Sequence[Segment], scope: Scope) -> ResourcePath:
    """The steps of a path that begins with an entity set; `NotFound` where a segment leads nowhere."""
    walk = _start(segments[0], scope)
    for segment in segments[1:]:
        if walk.ended:
            raise NotFound(f"Nothing can follow '${next(iter(walk.flags))[3:]}' in a path.")
        _follow(segment, walk)
    return ResourcePath(tuple(walk.steps), walk.type, walk.entity_set, **walk.flags)


def _start(segment: Segment, scope: Scope) -> _Walk:
    schema = scope.request.schema
    if segment.name in _NOT_YET:
        raise NotSupported(f"{segment.name} is not supported yet.", hint="Send single requests to entity sets.")
    source = schema.source(segment.name)
    if source is None or source.is_contained:
        names = [*schema.container.entity_sets, *schema.container.singletons]
        raise NotFound(
            f"This service has no resource '{segment.name}'.",
            hint=did_you_mean(segment.name, names) or f"Its entity sets are {', '.join(names[:20])}.",
        )
    found = replace(scope, entity_type=source.entity_type, entity_set=source)
    walk = _Walk(found, [EntitySetStep(source)], TypeRef(source.entity_type, collection=not source.is_single), source)
    if segment.arguments is not None:
        _key(segment.arguments, walk)
    return walk


def _follow(segment: Segment, walk: _Walk) -> None:
    if segment.name.startswith("$"):
        _system_segment(segment, walk)
    elif isinstance(walk.steps[-1], PropertyStep):
        raise NotFound(f"'{walk.steps[-1].property.name}' is primitive: '{segment.name}' cannot follow it.")
    elif isinstance(walk.scope.request.schema.types.get(segment.name), EntityType):
        _cast(segment, walk)
    elif walk.type.collection:
        _key_segment(segment, walk)
    else:
        _member(segment, walk)


def _system_segment(segment: Segment, walk: _Walk) -> None:
    is_property = isinstance(walk.steps[-1], PropertyStep)
    match segment.name:
        case "$count" if walk.type.collection:
            walk.flags["is_count"] = True
        case "$value" if is_property:
            walk.flags["is_value"] = True
        case "$ref" if not is_property and isinstance(
            walk.steps[-1], NavigationStep | KeyStep | EntitySetStep | CastStep
        ):
            walk.flags["is_ref"] = True
        case "$value" if not walk.type.collection:
            raise SemanticError(
                f"'{walk.type}' is no media entity, so it has no $value.", hint="Ask for a property's $value."
            )
        case name if name in _NOT_YET:
            raise NotSupported(f"{name} is not supported yet.")
        case name:
            raise NotFound(f"'{name}' does not follow {walk.type}.")


def _cast(segment: Segment, walk: _Walk) -> None:
    """A type's name leaves the entities of that type, and may have a key behind it (URL Conventions 4.11)."""
    narrowed = walk.scope.narrowed(segment.name, segment.span)
    if narrowed.entity_type != walk.scope.entity_type:
        walk.steps.append(CastStep(narrowed.entity_type))
        walk.type = replace(walk.type, name=narrowed.entity_type)
        walk.scope = narrowed
    if segment.arguments is not None:
        _key(segment.arguments, walk)


def _key_segment(segment: Segment, walk: _Walk) -> None:
    """Key-as-segment (URL Conventions 4.3.6), for keys of one part; a whole segment is the value."""
    parts = walk.scope.request.schema.key_properties(walk.scope.entity_type)
    if len(parts) != 1 or segment.arguments is not None:
        raise NotFound(
            f"'{segment.name}' does not follow a collection of {walk.type.name}.",
            hint=f"Write the key in parentheses: ({', '.join(f'{part.name}=…' for part in parts)}).",
        )
    literal = Literal(LiteralKind.SEGMENT, segment.name, span=segment.span)
    value = walk.scope.value(literal, parts[0].type)
    _one(walk, (KeyValue(parts[0], value),))


def _member(segment: Segment, walk: _Walk) -> None:
    scope = walk.scope
    navigation = scope.navigation(segment.name)
    declared = scope.property(segment.name)
    if navigation is not None:
        walk.entity_set = scope.related(navigation)
        if walk.entity_set is None:
            raise scope.leads_nowhere(navigation, segment.span)
        cast = scope.cast(navigation.name)
        walk.steps.append(NavigationStep(navigation, scope.entity_type, walk.entity_set, cast))
        walk.type = TypeRef(navigation.target, navigation.collection)
        walk.scope = replace(scope, entity_type=navigation.target, entity_set=walk.entity_set)
        if segment.arguments is not None:
            _key(segment.arguments, walk)
    elif declared is not None and segment.arguments is None:
        walk.steps.append(PropertyStep(declared))
        walk.type = declared.type
    else:
        raise _no_member(segment, scope)


def _no_member(segment: Segment, scope: Scope) -> NotFound:
    schema = scope.request.schema
    known = [*schema.properties(scope.entity_type), *schema.navigation_properties(scope.entity_type)]
    return NotFound(f"'{scope.entity_type}' has no property '{segment.name}'.", hint=did_you_mean(segment.name, known))


def _key(predicate: KeyPredicate, walk: _Walk) -> None:
    parts = walk.scope.request.schema.key_properties(walk.scope.entity_type)
    if not walk.type.collection:
        raise NotFound(f"{walk.type} is a single entity: no key can follow it.")
    if predicate.positional is None and not predicate.named:
        raise SemanticError("The key is empty.", hint=f"Write {_key_form(walk.scope)}.")
    if predicate.positional is not None:
        if len(parts) != 1:
            raise SemanticError("The key has several parts, each of which is named.", hint=_key_form(walk.scope))
        _one(walk, (KeyValue(parts[0], _key_value(predicate.positional, parts[0], walk.scope)),))
        return
    stated = {named.name: named.value for named in predicate.named}
    names = [part.name for part in walk.scope.request.schema.key(walk.scope.entity_type)]
    if sorted(stated) != sorted(names) or len(stated) != len(predicate.named):
        raise SemanticError(
            f"The key of '{walk.scope.entity_type}' is {', '.join(names)}, and not "
            f"{', '.join(named.name for named in predicate.named)}.",
            hint=f"Write {_key_form(walk.scope)}.",
        )
    values = zip(parts, names, strict=True)
    _one(walk, tuple(KeyValue(part, _key_value(stated[name], part, walk.scope)) for part, name in values))


def _key_value(node: syntax.Expression, part: Property, scope: Scope) -> Expression:
    if isinstance(node, syntax.Alias):
        with scope.request.alias(node.name, scope.target) as aliased:
            if aliased is None:
                raise SemanticError(f"The alias '@{node.name}' has no value.", hint=f"Add @{node.name}=… to the query.")
            return _key_value(aliased, part, scope.at(f"@{node.name}", f"@{node.name}"))
    value = resolve_expression(node, scope, part.type) if isinstance(node, Literal) else None
    if value is None or kind_of(value.type) is not kind_of(part.type) or _is_null(node):
        raise SemanticError(
            f"The key '{part.name}' is an {part.type.name}, and this value is none.", hint=f"Write {_key_form(scope)}."
        )
    return Parameter(value.slot, part.type) if isinstance(value, Parameter) else value


def _is_null(node: syntax.Expression) -> bool:
    return isinstance(node, Literal) and node.kind is LiteralKind.NULL


def _one(walk: _Walk, key: tuple[KeyValue, ...]) -> None:
    walk.steps.append(KeyStep(key))
    walk.type = replace(walk.type, collection=False)


def _key_form(scope: Scope) -> str:
    """How a key of this type is written, as in `(id='…')`."""
    forms = {Kind.STRING: "'…'", Kind.DURATION: "duration'…'"}
    parts = scope.request.schema.key_properties(scope.entity_type)
    values = [forms.get(kind, "…") if (kind := kind_of(part.type)) else "…" for part in parts]
    if len(parts) == 1:
        return f"({values[0]})"
    return f"({','.join(f'{part.name}={value}' for part, value in zip(parts, values, strict=True))})"
