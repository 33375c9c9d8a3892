"""`join` and `outerjoin`: collections, and what instances have of the members beside them (Data Aggregation 3.5.1)."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.types import TypeRef
from odata_service.errors import NotSupported, SemanticError, Span
from odata_service.semantics.access import key_of_type
from odata_service.semantics.nested import navigation_at
from odata_service.semantics.resolved import NavigationStep
from odata_service.semantics.rooted import rooted
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import THERE, Filtering, Joining, Pipeline, Related, Result
from odata_service.semantics.tree import NavigationAccess, TypeTest
from odata_service.url import print_expression, syntax

Resolve = Callable[[syntax.Sequence, Scope], Pipeline]
"""How a sequence is resolved on the entities of a scope."""


def resolve_join(node: syntax.Join, scope: Scope, resolve: Resolve) -> Joining:
    """A `join` or `outerjoin`; each member of the collection is an entity, or what transformations make of it."""
    navigation, step, narrowed = _collection(node, scope)
    check_alias(node.alias, node.span, scope)
    assert step.target is not None, "a collection is followed to where it lives"
    inner = replace(scope, entity_type=narrowed or navigation.target, entity_set=step.target, result=None, kinds=())
    pipeline = resolve(node.apply, inner)
    if pipeline.result.nested:
        raise NotSupported(
            f"nest and addnested do not stand inside of {node.operator}{scope.place(node.span)}.",
            target=scope.target,
            hint=f"Write them without {node.operator}.",
        )
    made = joining_of(step, node.alias, pipeline, scope, narrowed=narrowed)
    return replace(made, outer=node.operator == "outerjoin")


def joining_of(
    step: NavigationStep, alias: str, pipeline: Pipeline, scope: Scope, *, narrowed: str | None = None
) -> Joining:
    """Each instance beside each of the members that a pipeline makes of a collection, under an alias."""
    assert step.target is not None, "a collection is followed to where it lives"
    schema, entity_type = scope.request.schema, narrowed or step.navigation.target
    steps = pipeline.steps
    if narrowed is not None:
        steps = (Filtering(TypeTest((narrowed, *schema.derived_from(narrowed)))), *steps)
    access = NavigationAccess(NavigationProperty(alias, entity_type), scope.entity_type, TypeRef(entity_type))
    related = related_of(access, step.target, scope)
    aliases = tuple(
        replace(related, key=related.key if kind.whole else (), dynamic=True, result=kind if steps else None)
        for kind in pipeline.kinds
    )
    return Joining(step, aliases, steps)


def related_of(access: NavigationAccess, source: EntitySet, scope: Scope) -> Related:
    """The entity that a path leads to, with the key that tells it from others."""
    return Related(access, source, key_of_type(source.entity_type, scope.request.schema, access))


def check_alias(name: str, span: Span, scope: Scope) -> None:
    """Refuses a name that the instances have something else under."""
    schema, declared = scope.request.schema, scope.entity_type
    known = {*schema.properties(declared), *schema.navigation_properties(declared)}
    if name in known or scope.member(name) is not None or scope.relation(name) is not None or scope.is_nested(name):
        raise SemanticError(
            f"'{name}' is the name of a property already{scope.place(span)}.",
            target=scope.target,
            hint=f"Write another name behind 'as', such as {name}2.",
        )


def _collection(node: syntax.Join, scope: Scope) -> tuple[NavigationProperty, NavigationStep, str | None]:
    """The navigation property whose members are joined, and the type of a cast behind it."""
    first, *_ = node.property.steps
    if not isinstance(first, syntax.Name):
        raise NotSupported(
            f"Annotations are not joined{scope.place(node.span)}.", target=scope.target, hint="Name a property."
        )
    if scope.result is not None and not scope.result.whole:
        raise SemanticError(
            f"'{first.name}' is no longer there behind the transformations before it{scope.place(first.span)}.",
            target=scope.target,
            hint=f"Write {node.operator} before groupby and aggregate.",
        )
    navigation, width = navigation_at(node.property.steps, scope) or (None, 0)
    if navigation is None or not navigation.collection:
        raise _no_collection(first, scope, node)
    target = scope.related(navigation)
    if target is None:
        raise scope.leads_nowhere(navigation, first.span)
    step = NavigationStep(navigation, scope.entity_type, target)
    return navigation, step, _cast(node.property.steps[width:], navigation, scope)


def _cast(rest: Sequence[syntax.PathStep], navigation: NavigationProperty, scope: Scope) -> str | None:
    if not rest:
        return None
    last = rest[0]
    assert isinstance(last, syntax.Name), "the grammar has names alone"
    if len(rest) > 1 or scope.request.schema.structured_type(last.name) is None:
        raise SemanticError(
            f"'{last.name}' cannot follow '{navigation.name}' here{scope.place(last.span)}.",
            target=scope.target,
            hint="One collection is joined at a time; a type may stand behind it.",
        )
    return scope.narrowed_from(navigation.target, last.name, last.span)


def _no_collection(first: syntax.Name, scope: Scope, node: syntax.Join) -> NotSupported | SemanticError:
    declared = scope.property(first.name)
    if declared is None and scope.navigation(first.name) is None:
        return scope.unknown(first.name, first.span)
    if declared is not None and declared.type.collection:
        return NotSupported(
            f"'{first.name}' is a collection of values, and entities alone are joined{scope.place(first.span)}.",
            target=scope.target,
            hint="Ask for its members with any and all.",
        )
    text = print_expression(node.property)
    return SemanticError(
        f"'{text}' is no collection, and {node.operator} takes one{scope.place(first.span)}.",
        target=scope.target,
        hint=f"What a single-valued property leads to is named by its path: {text}/….",
    )


def with_related(kind: Result, alias: Related) -> Result:
    """What instances have beside which a joined member stands."""
    given = brought(alias)
    return replace(
        kind,
        members=(*kind.members, *given.members),
        added=kind.added | given.added,
        related=(*kind.related, *given.related),
    )


def brought(alias: Related) -> Result:
    """What a joined member brings into an instance: its key, and what transformations have given it."""
    if alias.result is None:
        return Result(alias.key, related=(alias,))
    inner, owner = alias.result, alias.access
    members = tuple(rooted(member, owner) for member in (*inner.members, THERE))
    related = tuple(
        replace(known, access=rooted(known.access, owner), key=tuple(rooted(key, owner) for key in known.key))
        for known in inner.related
    )
    added = frozenset(rooted(member, owner) for member in inner.added)
    return Result((*alias.key, *members), inner.whole, added, (alias, *related))
